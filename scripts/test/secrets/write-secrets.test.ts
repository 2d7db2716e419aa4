import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { writeSecrets } from '../../secrets/write-secrets.ts'
import { root } from '../../steps.ts'

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
const readAll = (folder: string) => Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]))

t.test('every secret is random, and no two are alike', async (t) => {
  const [one, other] = [join(t.testdir(), 'one'), join(t.testdirName, 'other')]
  writeSecrets(one)
  writeSecrets(other)
  const texts = [...Object.values(readAll(one)), ...Object.values(readAll(other))]
  t.equal(texts.length, 10)
  const secrets = texts.map((text) => (URL.canParse(text) ? new URL(text.trim()).password : text.trim()))
  t.equal(new Set(secrets).size, secrets.length)
  for (const secret of secrets) t.match(secret, /^[\w-]{43}$/, '32 bytes, in characters that need no escape in a URL')
})

t.test('others of this machine cannot reach the files, whatever the umask; containers, who get them singly, can read them', async (t) => {
  const folder = join(t.testdir(), 'secrets')
  const before = process.umask(0)
  t.teardown(() => process.umask(before))
  for (const umask of [0, 0o077]) {
    process.umask(umask)
    rmSync(folder, { recursive: true, force: true })
    writeSecrets(folder)
    t.equal(modeOf(folder), '700')
    for (const name of readdirSync(folder)) t.equal(modeOf(join(folder, name)), '444', name)
  }
  chmodSync(folder, 0o755)
  writeSecrets(folder)
  t.equal(modeOf(folder), '700', 'a folder that was open is closed')
})

t.test('what is there stays; what was removed is made anew', async (t) => {
  const folder = t.testdir()
  writeSecrets(folder)
  const first = readAll(folder)
  rmSync(join(folder, 'crm_database_url'))
  const { made, kept } = writeSecrets(folder)
  t.same(made, ['crm_database_url'])
  t.equal(kept.length, 4)
  const second = readAll(folder)
  t.not(second.crm_database_url, first.crm_database_url)
  t.same({ ...second, crm_database_url: '' }, { ...first, crm_database_url: '' })
})

t.test('the command says where the password of the first administrator is, shows no secret, and git ignores its folder', async (t) => {
  const folder = join(t.testdir(), 'secrets')
  const output = execFileSync(process.execPath, ['scripts/run.mjs', 'scripts/secrets.ts', folder], { cwd: root, encoding: 'utf8' })
  t.match(output, `password is in ${join(folder, 'bootstrap_admin_password')}`)
  for (const text of Object.values(readAll(folder))) t.notOk(output.includes(text.trim()))
  const ignored = execFileSync('git', ['check-ignore', 'docker/secrets/signing_key_secret'], { cwd: root, encoding: 'utf8' })
  t.equal(ignored.trim(), 'docker/secrets/signing_key_secret')
})
