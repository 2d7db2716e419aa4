import t from 'tap'
import { hashPassword, matchesPassword, nobodysHash } from '../../../src/modules/passwords/password-hash.ts'

t.test('a password matches its hash and no other', async (t) => {
  const hash = await hashPassword('correct horse')
  t.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  t.equal(await matchesPassword('correct horse', hash), true)
  for (const wrong of ['Correct horse', 'correct horse ', '', 'correct horse\0']) t.equal(await matchesPassword(wrong, hash), false)
  t.not(await hashPassword('correct horse'), hash, 'each has a salt of its own')
})

t.test('a hash is checked by the parameters it was made with', async (t) => {
  // Of the reference implementation: argon2 somesalt -id -t 2 -k 256 -p 1, password "password".
  const hash = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'
  t.equal(await matchesPassword('password', hash), true)
  t.equal(await matchesPassword('passwort', hash), false)
})

t.test("nobody's hash costs what a user's does", async (t) => {
  const parametersOf = (hash: string) =>
    hash
      .split('$')
      .slice(1, 4)
      .concat(
        hash
          .split('$')
          .slice(4)
          .map(({ length }) => String(length)),
      )
  t.strictSame(parametersOf(nobodysHash), parametersOf(await hashPassword('any')))
  t.equal(await matchesPassword('', nobodysHash), false)
})

t.test('what is no hash is an error, not a wrong password', async (t) => {
  for (const hash of ['', 'plain', '$2b$10$abc']) await t.rejects(matchesPassword('x', hash), /no PHC string/)
})
