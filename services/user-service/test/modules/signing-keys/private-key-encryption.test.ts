import t from 'tap'
import { decryptPrivateKey, encryptPrivateKey, WrongSecretError } from '../../../src/modules/signing-keys/private-key-encryption.ts'

const secret = 'a secret of tests, of 32 characters or more'
const key = { id: 'one', pem: '-----BEGIN PRIVATE KEY-----' }

t.test('a private key is read with its secret', async (t) => {
  const encrypted = await encryptPrivateKey(secret, key)
  t.equal(await decryptPrivateKey(secret, key.id, encrypted), key.pem)
  t.notOk(encrypted.includes('PRIVATE'))
  t.notSame(await encryptPrivateKey(secret, key), encrypted, 'never twice the same')
})

t.test('it is not read with another secret, as another key, or altered', async (t) => {
  const encrypted = await encryptPrivateKey(secret, key)
  await t.rejects(decryptPrivateKey(`${secret}.`, key.id, encrypted), WrongSecretError)
  await t.rejects(decryptPrivateKey(secret, 'two', encrypted), WrongSecretError)
  for (const at of [0, 20, 30, encrypted.length - 1]) {
    const altered = Buffer.from(encrypted)
    altered[at] = (altered[at] ?? 0) ^ 1
    await t.rejects(decryptPrivateKey(secret, key.id, altered), WrongSecretError, `byte ${at}`)
  }
  await t.rejects(decryptPrivateKey(secret, key.id, Buffer.alloc(3)), WrongSecretError)
})
