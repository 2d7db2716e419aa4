import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readSigningKeySecret, signingKeySecret } from '../src/signing-key-secret.ts'

t.test('a data folder gets one secret, which nobody else may read, and keeps it', async (t) => {
  const dataDir = t.testdir()
  const secret = signingKeySecret(dataDir)
  t.match(secret, /^[\w-]{43}$/)
  t.equal(statSync(join(dataDir, 'signing-key-secret')).mode & 0o777, 0o600)
  t.equal(signingKeySecret(dataDir), secret)
  t.equal(readSigningKeySecret(dataDir), secret)
  t.strictSame(readdirSync(dataDir), ['signing-key-secret'])
  t.not(signingKeySecret(t.testdir()), secret)
})

t.test('whoever only reads the secret makes none', async (t) => {
  const dataDir = t.testdir()
  t.equal(readSigningKeySecret(dataDir), undefined)
  t.strictSame(readdirSync(dataDir), [])
})

t.test('what a start that was cut short left is no secret', async (t) => {
  const dataDir = t.testdir({ 'signing-key-secret.draft': 'half' })
  t.match(signingKeySecret(dataDir), /^[\w-]{43}$/)
})

t.test('a secret that is damaged or cannot be read stops the start, and is left as it is', async (t) => {
  const dataDir = t.testdir({ 'signing-key-secret': '' })
  t.throws(() => signingKeySecret(dataDir), { name: 'StartError', message: /holds no secret of 32 characters/ })
  t.equal(readFileSync(join(dataDir, 'signing-key-secret'), 'utf8'), '')
  writeFileSync(join(dataDir, 'signing-key-secret'), `${'x'.repeat(40)}\n`)
  t.equal(signingKeySecret(dataDir), 'x'.repeat(40))
  t.throws(() => signingKeySecret(t.testdir({ 'signing-key-secret': {} })), { name: 'StartError', message: /cannot be read/ })
})
