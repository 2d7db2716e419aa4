import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { writeSecrets } from '../../secrets/write-secrets.ts'
import { root } from '../../steps.ts'

const names = ['bootstrap_admin_password', 'crm_database_url', 'postgres_password', 'signing_key_secret', 'user_database_url']

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
const readAll = (folder: string) => Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
/** What nobody may know of a file: of a connection string, its password. */
const secretIn = (text: string) => (URL.canParse(text) ? new URL(text.trim()).password : text.trim())

t.test('every secret is random, and no two are alike', async (t) => {
  const [one, other] = [join(t.testdir(), 'one'), join(t.testdirName, 'other')]
  t.same(writeSecrets(one).made.sort(), names)
  writeSecrets(other)
  t.same(readdirSync(one).sort(), names)
  const secrets = [one, other].flatMap((folder) => Object.values(readAll(folder)).map(secretIn))
  t.equal(secrets.length, 2 * names.length)
  t.equal(new Set(secrets).size, secrets.length)
  for (const secret of secrets) t.match(secret, /^[\w-]{43}$/, '32 bytes, in characters that need no escape in a URL')
})

t.test('a connection string names the role and the database of its service', async (t) => {
  const folder = t.testdir()
  writeSecrets(folder)
  const { user_database_url = '', crm_database_url = '' } = readAll(folder)
  t.match(user_database_url, /^postgres:\/\/user_service:[\w-]+@postgres:5432\/user_db\n$/)
  t.match(crm_database_url, /^postgres:\/\/crm_service:[\w-]+@postgres:5432\/crm_db\n$/)
})

t.test('others of this machine cannot reach the files, whatever the umask; containers, who get them singly, can read them', async (t) => {
  const folder = join(t.testdir(), 'secrets')
  const before = process.umask(0)
  t.teardown(() => process.umask(before))
  const modes = () => Object.fromEntries(readdirSync(folder).map((name) => [name, modeOf(join(folder, name))]))
  const readable = Object.fromEntries(names.map((name) => [name, '444']))
  for (const umask of [0, 0o077]) {
    process.umask(umask)
    rmSync(folder, { recursive: true, force: true })
    writeSecrets(folder)
    t.equal(modeOf(folder), '700')
    t.same(modes(), readable)
  }
  chmodSync(folder, 0o755)
  for (const name of names) chmodSync(join(folder, name), 0o666)
  writeSecrets(folder)
  t.equal(modeOf(folder), '700', 'a folder that was open is closed')
  t.same(modes(), readable)
})

t.test('what is there stays; what was removed is made anew', async (t) => {
  const folder = t.testdir()
  writeSecrets(folder)
  const first = readAll(folder)
  rmSync(join(folder, 'crm_database_url'))
  const { made, kept } = writeSecrets(folder)
  t.same([made, kept.sort()], [['crm_database_url'], names.filter((name) => name !== 'crm_database_url')])
  const second = readAll(folder)
  t.equal(typeof second.crm_database_url, 'string')
  t.not(second.crm_database_url, first.crm_database_url)
  t.same({ ...second, crm_database_url: '' }, { ...first, crm_database_url: '' })
})

t.test('what a run that was cut short left is no secret, and keeps no later run from making one', async (t) => {
  const folder = t.testdir()
  writeFileSync(join(folder, `signing_key_secret.${process.pid}.draft`), 'half')
  t.same(writeSecrets(folder).made.sort(), names)
  t.match(readAll(folder).signing_key_secret, /^[\w-]{43}\n$/)
})

t.test('of several runs at once each secret is made by one, and they say by whom', async (t) => {
  const [rounds, runs] = [100, 4]
  const folders = Array.from({ length: rounds }, (_, round) => join(t.testdir(), String(round)))
  const arrived = new Int32Array(new SharedArrayBuffer(4 * rounds))
  const made = await Promise.all(
    Array.from({ length: runs }, async () => {
      const racer = new Worker(new URL('racer.ts', import.meta.url), { workerData: { folders, arrived, runs } })
      const [lists]: string[][][] = await once(racer, 'message')
      return lists
    }),
  )
  for (const [round, folder] of folders.entries()) {
    t.same(made.flatMap((lists) => lists?.[round] ?? []).sort(), names)
    t.same(readdirSync(folder).sort(), names)
  }
})

t.test('the command says where the password of the first administrator is, and shows no secret, made or kept', async (t) => {
  const folder = join(t.testdir(), 'secrets')
  const run = () => execFileSync(process.execPath, ['scripts/run.mjs', 'scripts/secrets.ts', folder], { cwd: root, encoding: 'utf8' })
  const outputs = [run(), run()]
  t.match(outputs[0], /^Made in .*signing_key_secret/)
  t.match(outputs[1], /^Kept: .*signing_key_secret/)
  const secrets = Object.values(readAll(folder)).map(secretIn)
  t.equal(secrets.length, names.length)
  for (const output of outputs) {
    t.match(output, `password is in ${join(folder, 'bootstrap_admin_password')}`)
    for (const secret of secrets) t.notOk(output.includes(secret))
  }
})

t.test('git ignores the folder', async (t) => {
  t.doesNotThrow(() => execFileSync('git', ['check-ignore', '--quiet', 'docker/secrets/signing_key_secret'], { cwd: root }))
})
