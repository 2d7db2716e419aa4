import t from 'tap'
import { createPasswordFingerprint } from '../../../src/modules/passwords/password-fingerprint.ts'

const secret = 'a secret of tests, of 32 characters or more'
const password = 'correct horse battery'

t.test('instances with the same secret know a password again', async (t) => {
  const [one, other] = [await createPasswordFingerprint(secret), await createPasswordFingerprint(secret)]
  t.equal(one(password), other(password))
  t.not(one(password), one(`${password}.`))
  t.notMatch(one(password), password)
})

t.test('without the secret a fingerprint can neither be made nor compared', async (t) => {
  const [one, other] = [await createPasswordFingerprint(secret), await createPasswordFingerprint(`${secret}.`)]
  t.not(one(password), other(password))
})
