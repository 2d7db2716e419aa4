import t from 'tap'
import { hashOfToken, newRefreshToken, openSuccessor, sealSuccessor } from '../../../src/modules/sessions/refresh-token.ts'

t.test('tokens are 256 random bits, and their hash does not show them', async (t) => {
  const tokens = Array.from({ length: 100 }, newRefreshToken)
  t.equal(new Set(tokens).size, 100)
  for (const token of tokens) {
    t.equal(Buffer.from(token, 'base64url').length, 32)
    t.equal(hashOfToken(token)?.length, 32)
    t.notSame(hashOfToken(token), Buffer.from(token, 'base64url'))
  }
})

t.test('what is no token has no hash', async (t) => {
  for (const text of ['', 'a', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}=`, `${'a'.repeat(42)} `, '\0'.repeat(43)])
    t.equal(hashOfToken(text), undefined)
})

t.test('a successor is read with the token it follows, and with no other', async (t) => {
  const [token, next, other] = [newRefreshToken(), newRefreshToken(), newRefreshToken()]
  const sealed = sealSuccessor(token, next)
  t.equal(openSuccessor(token, sealed), next)
  t.not(openSuccessor(other, sealed), next)
  t.notSame(sealed, Buffer.from(next, 'base64url'))
})
