import { CrmNotFoundError, createCrmClient } from '@crm/sdk'
import { needsKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { askUntilDone } from '../come-again.ts'
import { complaintsIn } from '../complaints.ts'
import { connectProducer } from '../faults/consumers/producer.ts'
import type { System } from './compose-up.ts'
import { prepareRehearsal, type Rehearsal } from './rehearsal.ts'

const timeoutMs = 60_000
const email = 'wendy@example.com'
const password = 'a password of her own'

t.setTimeout(600_000)

t.test(
  'docker-compose.yml, rehearsed: the commands, environments and health checks of its containers, on PostgreSQL and Kafka',
  needsKafka,
  async (t) => {
    const rehearsal = await prepareRehearsal(t)
    const { urlOf } = rehearsal
    const gateway = urlOf('gateway')
    const clientOf = (credentials: { email: string; password: string }) => createCrmClient({ baseUrl: gateway, credentials })
    const administrator = {
      email: String(rehearsal.compose.services['user-service']?.environment?.BOOTSTRAP_ADMIN_EMAIL),
      password: await rehearsal.secret('user-service', 'bootstrap_admin_password'),
    }

    let system = await rehearsal.up()
    const order = [...system.processes.keys()]
    t.equal(order.length, 5)
    for (const [name, { depends_on = {} }] of Object.entries(rehearsal.compose.services)) {
      const before = Object.keys(depends_on).filter((other) => order.includes(other))
      for (const other of before) t.ok(order.indexOf(other) < order.indexOf(name), `${other} was there before ${name}`)
    }
    const health = await fetch(`${gateway}/health`)
    t.same([health.status, await health.json()], [200, { status: 'ok', services: { 'user-service': 'ok', 'crm-service': 'ok' } }])

    let leadId = ''
    await t.test('the first administrator makes companies and a user, who creates a lead, which becomes QUALIFIED', async (t) => {
      const admin = clientOf(administrator)
      t.equal((await admin.users.me()).role, 'SYSTEM_ADMIN')
      const acme = await admin.companies.create({ name: 'Acme Corporation' })
      const west = await admin.companies.create({ name: 'Acme West', parentId: acme.id })
      const east = await admin.companies.create({ name: 'Acme East', parentId: acme.id })
      await admin.users.create({ email, password, role: 'CHILD_USER', companyId: west.id })
      await admin.users.create({ email: 'eva@example.com', password, role: 'CHILD_USER', companyId: east.id })

      const wendy = clientOf({ email, password })
      t.equal((await wendy.users.me()).companyId, west.id)
      const lead = await wendy.leads.create({ name: 'Leonie Köhler', email: 'leonie@example.com', companyId: west.id })
      t.equal(lead.status, 'NEW')
      leadId = lead.id
      const isQualified = async () => (await wendy.leads.get(leadId)).status === 'QUALIFIED'
      t.ok(await until(isQualified, { timeoutMs, what: 'the lead is QUALIFIED' }))
      await t.rejects(clientOf({ email: 'eva@example.com', password }).leads.get(leadId), CrmNotFoundError)
    })

    await t.test("a browser's session is taken from the gateway's own page alone, as the services hear from the gateway", async (t) => {
      const from = (origin: string) => ({
        method: 'POST',
        headers: { 'content-type': 'application/json', origin },
        body: JSON.stringify({ email, password, session: 'cookie' }),
      })
      const url = `${gateway}/v1/auth/login`
      const answer = await fetch(url, from(gateway))
      await answer.arrayBuffer()
      t.equal(answer.status, 200)
      t.match(answer.headers.get('set-cookie'), /^crm_refresh=[^;]+;.*HttpOnly/)
      t.equal(await statusOf(url, from('https://elsewhere.example')), 403)
    })

    await t.test('who only says who they are is believed by nobody', async (t) => {
      const { id } = await clientOf({ email, password }).users.me()
      for (const service of ['gateway', 'user-service', 'crm-service']) {
        const status = await statusOf(`${urlOf(service)}/v1/users/me`, { headers: { 'x-user-id': id } })
        t.equal(status, service === 'crm-service' ? 404 : 401)
      }
      t.equal(await statusOf(`${urlOf('crm-service')}/v1/leads`, { headers: { 'x-user-id': id } }), 401)
    })

    await t.test('in production the gateway alone shows the documents', async (t) => {
      for (const path of ['/openapi.json', '/docs/']) {
        t.equal(await statusOf(`${gateway}${path}`), 200, path)
        for (const service of ['user-service', 'crm-service'])
          t.equal(await statusOf(`${urlOf(service)}${path}`), 404, `${service} ${path}`)
      }
    })

    await t.test("a service's role connects to its own database and to no other", async (t) => {
      const urls = {
        user_db: await rehearsal.secret('user-service', 'user_database_url'),
        crm_db: await rehearsal.secret('crm-service', 'crm_database_url'),
      }
      for (const [own, url] of Object.entries(urls)) {
        t.same(await connect(url, own), [{ database: own }])
        for (const other of ['user_db', 'crm_db', 'postgres', 'template1']) {
          if (other !== own) await t.rejects(connect(url, other), { code: '42501' }, `${own}'s role at ${other}`)
        }
      }
    })

    await t.test("the gateway's metrics are for the networks inside, not for the world", async (t) => {
      const metrics = await fetch(`${urlOf('gateway', '4001')}/metrics`)
      t.equal(metrics.status, 200)
      t.match(await metrics.text(), /^# HELP /)
      t.equal(await statusOf(`${gateway}/metrics`), 404)
    })

    await t.test('operators rotate the signing key, and tokens go on being taken', (t) => rotatesKeys(t, rehearsal, administrator))

    await t.test('operators find what a consumer gave up, and send it again', (t) => handlesDeadLetters(t, rehearsal))

    await t.test('docker compose stop: each ends by itself, in time and in order', async (t) => {
      // The record that is no event, and its replay.
      await stopsCleanly(t, system, { 'crm-worker': Array(2).fill('event was given up and stored as a dead letter') })
      t.same(await rehearsal.changedFiles(), [], 'nothing was written to the images, whose root file systems are read-only')
    })

    await t.test('docker compose up again: everything is as it was', async (t) => {
      system = await rehearsal.up()
      t.equal((await clientOf({ email, password }).leads.get(leadId)).status, 'QUALIFIED')
      t.equal((await clientOf(administrator).users.me()).email, administrator.email)
      await stopsCleanly(t, system)
    })
  },
)

async function rotatesKeys(t: Test, { run, urlOf }: Rehearsal, credentials: { email: string; password: string }): Promise<void> {
  const logIn = async (): Promise<string> => {
    const answer = await fetch(`${urlOf('gateway')}/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(credentials),
    })
    const { accessToken } = (await answer.json()) as { accessToken: string }
    return accessToken
  }
  const keyOf = (token: string): string => JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString()).kid
  const answers = async (token: string) => {
    const paths = ['/v1/users/me', '/v1/leads']
    const headers = { authorization: `Bearer ${token}` }
    return await Promise.all(paths.map((path) => statusOf(`${urlOf('gateway')}${path}`, { headers })))
  }
  const old = await logIn()

  const rotated = await run('operator', 'keys', 'rotate')
  t.match(rotated, { code: 0, stdout: /^signing key \S+ is published and signs from \S+\n$/, stderr: '' })
  const listed = await run('operator', 'keys', 'list')
  t.match(listed, { code: 0, stdout: new RegExp(`\n${keyOf(old)} +signing .*\n${rotated.stdout.split(' ')[2]} +waiting `) })
  t.same(await answers(old), [200, 200])

  const replaced = await run('operator', 'keys', 'rotate', '--now')
  t.match(replaced, { code: 0, stdout: /^signing key \S+ signs now; 2 others were deleted/, stderr: '' })
  const id = replaced.stdout.split(' ')[2]
  const published = async () => {
    const answer = await fetch(`${urlOf('user-service')}/.well-known/jwks.json`)
    const { keys } = (await answer.json()) as { keys: { kid: string }[] }
    return keys.length === 1 && keys[0]?.kid === id
  }
  await until(published, { timeoutMs, what: 'the new key is the only one published' })
  const token = await logIn()
  t.equal(keyOf(token), id)
  t.same(await answers(token), [200, 200])
}

async function handlesDeadLetters(t: Test, { run, brokers }: Rehearsal): Promise<void> {
  const open = async (): Promise<Record<string, unknown>[]> => {
    const { stdout } = await run('operator', 'dlq', 'list', '--json')
    return stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
  }
  const publish = await connectProducer(t, brokers)
  await publish([{ topic: 'lead.created', key: Buffer.from('no lead'), value: Buffer.from('no event'), headers: {} }])
  const [deadLetter] = await until(
    async () => {
      const found = await open()
      return found.length > 0 && found
    },
    { timeoutMs, intervalMs: 500, what: 'the record that is no event is given up' },
  )
  t.match(deadLetter, { group: 'crm-worker.qualify-lead', topic: 'lead.created', state: 'open' })
  const id = String(deadLetter?.id)
  t.match(await run('operator', 'dlq', 'show', id), { code: 0, stdout: /\n {2}no event\n/, stderr: '' })
  t.match(await run('operator', 'dlq', 'replay', id), { code: 0, stdout: /\nreplayed 1 dead letter\n$/, stderr: '' })
  const isBack = async () => (await open()).some(({ replayOf }) => replayOf === id)
  t.ok(await until(isBack, { timeoutMs, intervalMs: 500, what: 'the replay is given up too' }))
}

/** Stops the system; each process may have logged these messages, and nothing else but that another was late, above the level `info`. */
async function stopsCleanly(t: Test, system: System, expected: Record<string, string[]> = {}): Promise<void> {
  for (const [name, exit] of await system.stop()) {
    const output = system.processes.get(name)?.output() ?? ''
    if (!t.same(exit, { code: 0, signal: null }, `${name} ends by itself`)) t.comment(output)
    if (!t.same(complaintsIn(output), expected[name] ?? [], `${name} had nothing else to complain of`)) t.comment(output)
  }
}

/** The status of an answer whose body says nothing more; see askUntilDone. */
async function statusOf(url: string, init?: RequestInit): Promise<number> {
  const ask = async () => {
    const answer = await fetch(url, init)
    await answer.arrayBuffer()
    return answer
  }
  return (await askUntilDone(ask)).status
}

async function connect(url: string, database: string): Promise<unknown[]> {
  const address = new URL(url)
  address.pathname = database
  const sql = postgres(address.href, { max: 1, onnotice: () => {} })
  return [...(await sql`select current_database() as database`.finally(() => sql.end({ timeout: 1 })))]
}
