import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { type AllInOne, acmeWest, isolatedEnvironment, startAllInOne, startCommand, west } from '@crm/testing/all-in-one.ts'
import { until } from '@crm/testing/poll.ts'
import { responseCheck } from '@crm/testing/responses/response-check.ts'
import t from 'tap'
import { clientOf, patient } from '../client.ts'
import { saysComeAgain, saysDependencyWasLate } from '../come-again.ts'
import { leftovers } from './processes.ts'

const create = (system: AllInOne, email: string) =>
  clientOf(system, west, patient).leads.create({ name: 'Leonie', email, companyId: acmeWest })

async function isQualified(system: AllInOne, leadId: string): Promise<boolean> {
  return (await clientOf(system).leads.get(leadId)).status === 'QUALIFIED'
}

const check = responseCheck()

/**
 * The status of the answer, or `come again` when that is what it says, `late` when it does because one service waited for another, with
 * what in it the API's document does not name; `refused` when none began, `cut off` when it did not end.
 */
function post(agent: Agent, url: string, body: object): Promise<string> {
  const sentAt = performance.now()
  return new Promise((outcome) => {
    const headers = { 'x-user-id': west, 'content-type': 'application/json' }
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      const { statusCode: status = 0, headers } = answer
      let text = ''
      answer.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      answer.once('error', () => outcome('cut off'))
      answer.once('end', () => {
        const faults = check.faultsOf({ method: 'POST', url: new URL(url).pathname, status, headers, body: text })
        const { code }: { code?: string } = status === 503 ? JSON.parse(text) : {}
        const retryAfter = headers['retry-after'] !== undefined
        const answered = { outcome: status, retryAfter, ...(code && { code }), sentAt, endedAt: performance.now() }
        const said = saysDependencyWasLate(answered) ? 'late' : saysComeAgain(answered) ? 'come again' : status
        outcome([said, ...faults].join(': '))
      })
    })
    sent.once('error', () => outcome('refused'))
    sent.end(JSON.stringify(body))
  })
}

// One data folder for all: only the first start has to make the data.
const env = await isolatedEnvironment(t)

t.test('Ctrl-C in a terminal stops everything cleanly, leaves nothing behind, and the data lasts; so does a closed terminal', async (t) => {
  const first = await startAllInOne(t, env)
  const lead = await create(first, 'lasting@example.com')

  // A terminal signals the whole group, and package runners send the signal on once more.
  process.kill(-first.process.pid, 'SIGINT')
  process.kill(-first.process.pid, 'SIGINT')
  t.same(await first.process.exited, { code: 0, signal: null })
  t.strictSame(await leftovers(first.dataDir), [])

  const second = await startAllInOne(t, env)
  await until(() => isQualified(second, lead.id), { timeoutMs: 60_000, what: 'the lead is there, QUALIFIED' })
  t.same(await second.process.stop('SIGHUP'), { code: 0, signal: null })
  t.strictSame(await leftovers(second.dataDir), [])
})

t.test('a reader of its output that goes away, as head does, does not end it', async (t) => {
  const child = spawn(startCommand.command, startCommand.args, {
    cwd: startCommand.cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  t.teardown(() => child.kill('SIGKILL'))
  child.stdout.destroy()
  await until(async () => (await fetch(`http://127.0.0.1:${env.ADMIN_PORT}/ready`)).ok, { timeoutMs: 60_000, what: 'the worker is ready' })
  await until(async () => (await fetch(`${env.CRM_SERVICE_URL}/ready`)).ok, { timeoutMs: 60_000, what: 'it is ready' })
  child.kill('SIGINT')
  t.same(await exited, [0, null])
})

t.test('a request in flight when SIGTERM comes is answered before the process ends', async (t) => {
  const system = await startAllInOne(t, { ...env, DRAIN_MS: '0' })
  const lead = await create(system, 'in-flight@example.com')
  await until(() => isQualified(system, lead.id), { timeoutMs: 60_000, what: 'the lead is QUALIFIED' })
  const [holder, watcher] = [await system.database('crm_db'), await system.database('crm_db')]
  const locked = Promise.withResolvers<void>()
  const letGo = Promise.withResolvers<void>()
  const holding = holder.begin(async (tx) => {
    await tx`select from leads where id = ${lead.id} for update`
    locked.resolve()
    await letGo.promise
  })
  await locked.promise
  const patch = clientOf(system).leads.update(lead.id, { status: 'CONTACTED' })
  const waiting = () => watcher`select from pg_stat_activity where datname = 'crm_db' and wait_event_type = 'Lock'`
  await until(async () => (await waiting()).length > 0, { timeoutMs: 5_000, what: 'the PATCH waits for the row' })

  const ended = system.process.stop('SIGTERM')
  const refuses = () =>
    fetch(`${system.crmUrl}/live`).then(
      () => false,
      () => true,
    )
  await until(refuses, { timeoutMs: 5_000, what: 'new connections are refused' })
  t.ok((await waiting()).length > 0, 'the PATCH still waits')
  letGo.resolve()
  await holding
  t.equal((await patch).status, 'CONTACTED')
  t.same(await ended, { code: 0, signal: null })
})

t.test('SIGTERM under load: each request is answered whole or refused before it has any effect', async (t) => {
  const system = await startAllInOne(t, { ...env, DRAIN_MS: '0' })
  const answered: string[] = []
  const refused: string[] = []
  const wrong: string[] = []
  let stopping = false
  const clients = Array.from({ length: 8 }, async (_, client) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let index = 0; refused.length < 40; index++) {
      const email = `load-${client}-${index}@example.com`
      const outcome = await post(agent, `${system.crmUrl}/v1/leads`, { name: 'Leonie', email, companyId: acmeWest })
      if (outcome === '201') answered.push(email)
      else if (outcome === 'refused') refused.push(email)
      // A request that was not carried out. To stop is no reason for it.
      else if (outcome !== 'late' && (outcome !== 'come again' || stopping)) wrong.push(outcome)
    }
    agent.destroy()
  })
  await until(() => answered.length > 50, { timeoutMs: 60_000, what: 'load' })
  // Clients go on sending, on connections they keep, until they are refused.
  stopping = true
  const ended = system.process.stop('SIGTERM')
  await Promise.all(clients)
  t.same(await ended, { code: 0, signal: null })
  t.strictSame(wrong, [], 'no other answer, and none that was cut off')
  t.strictSame(await leftovers(system.dataDir), [])

  const again = await startAllInOne(t, env)
  const sql = await again.database('crm_db')
  await until(async () => (await sql`select from leads where email like 'load-%' and status <> 'QUALIFIED'`).length === 0, {
    timeoutMs: 60_000,
    what: 'all are QUALIFIED',
  })
  const stored = await sql<{ email: string }[]>`select email from leads where email like 'load-%'`
  t.strictSame(stored.map(({ email }) => email).sort(), answered.sort(), 'what was answered is stored, and nothing else')
})
