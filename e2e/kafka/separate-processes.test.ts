import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createTestDatabase } from '@crm/testing/database.ts'
import { needsKafka, startTestKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import { freePort } from '@crm/testing/ports.ts'
import { startProcess, type TestProcess } from '@crm/testing/processes.ts'
import { parse } from 'csv-parse/sync'
import { Kafka, logLevel } from 'kafkajs'
import t, { type Test } from 'tap'

const root = resolve(import.meta.dirname, '../..')
const acmeWest = '01980000-0000-7000-8000-00000000c002'
const west = '01980000-0000-7000-8000-00000000a004'
const timeoutMs = 60_000

interface Customer {
  name: string
  email: string
}

interface Lead {
  id: string
  status: string
}

/** Runs what a script of the service's package.json says. */
async function runScript(t: Test, service: string, script: string, env: Record<string, string>): Promise<TestProcess> {
  const cwd = join(root, 'services', service)
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8'))
  const [program, ...args] = scripts[script]?.split(' ') ?? []
  if (program !== 'node') throw new Error(`${service} ${script} is no call of node`)
  return await startProcess(t, { command: process.execPath, args, cwd, env: { LOG_LEVEL: 'warn', NODE_ENV: 'development', ...env } })
}

async function migrate(t: Test, service: string, DATABASE_URL: string): Promise<void> {
  const migration = await runScript(t, service, 'migrate', { DATABASE_URL })
  t.match(await migration.exited, { code: 0 }, `${service} migrate: ${migration.output()}`)
}

/** user-service, crm-service and crm-worker, each a process of its own. */
async function startProcesses(t: Test, KAFKA_BROKERS: string) {
  const [userDb, crmDb] = await Promise.all([createTestDatabase(t, { tables: {} }), createTestDatabase(t, { tables: {} })])
  await Promise.all([migrate(t, 'user-service', userDb.url), migrate(t, 'crm-service', crmDb.url)])
  const [users, crm, admin] = [await freePort(), await freePort(), await freePort()].map(String)
  if (!users || !crm || !admin || new Set([users, crm, admin]).size < 3) throw new Error('no three free ports')
  const common = { KAFKA_BROKERS, AUTH_MODE: 'header', USER_SERVICE_URL: `http://127.0.0.1:${users}` }
  const processes = [
    await runScript(t, 'user-service', 'start', { ...common, PORT: users, DATABASE_URL: userDb.url, SEED_SAMPLE_DATA: 'true' }),
    await runScript(t, 'crm-service', 'start', { ...common, PORT: crm, DATABASE_URL: crmDb.url }),
    await runScript(t, 'crm-service', 'start:worker', { ...common, ADMIN_PORT: admin, DATABASE_URL: crmDb.url }),
  ]
  for (const [n, port] of [users, crm, admin].entries()) {
    const health = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/health`)
      const { status } = (await answer.json()) as { status: string }
      return status === 'ok'
    }
    await until(health, { timeoutMs, what: `health of ${port}` }).catch((error) => {
      throw new Error(`${error.message}: ${processes[n]?.output()}`)
    })
  }
  return { processes, crmUrl: `http://127.0.0.1:${crm}` }
}

/** How many records each key of the topic has, as an ordinary consumer reads them. */
async function countByKey(t: Test, brokers: string, topic: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const kafka = new Kafka({ clientId: 'reader', brokers: [brokers], logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: 'test.reader', sessionTimeout: 6_000, maxWaitTimeInMs: 100 })
  t.teardown(() => consumer.disconnect())
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => void counts.set(String(message.key), (counts.get(String(message.key)) ?? 0) + 1),
  })
  return counts
}

t.test(
  'each process alone, over PostgreSQL and Kafka: every customer of the sample file becomes QUALIFIED, once',
  needsKafka,
  async (t) => {
    // One of its own: the topics have the product's names.
    const { brokers } = await startTestKafka(t)
    const { processes, crmUrl } = await startProcesses(t, brokers)
    const customers = parse<Customer>(await readFile(join(root, 'e2e/data/customers.csv')), { columns: true, bom: true })
    t.equal(customers.length, 59)
    const headers = { 'x-user-id': west, 'content-type': 'application/json' }
    const began = performance.now()
    const created = await Promise.all(
      customers.map(async ({ name, email }) => {
        const body = JSON.stringify({ name, email, companyId: acmeWest })
        const answer = await fetch(`${crmUrl}/v1/leads`, { method: 'POST', headers, body })
        t.equal(answer.status, 201, name)
        return ((await answer.json()) as Lead).id
      }),
    )
    const qualified = async () => {
      const answer = await fetch(`${crmUrl}/v1/leads?status=QUALIFIED&limit=500`, { headers: { 'x-user-id': west } })
      return ((await answer.json()) as { data: Lead[] }).data.length
    }
    await until(async () => (await qualified()) === 59, { timeoutMs, what: '59 leads are QUALIFIED' })
    t.comment(`59 leads created and QUALIFIED within ${Math.round(performance.now() - began)} ms`)

    const counts = await countByKey(t, brokers, 'lead.qualified')
    await until(() => counts.size === 59, { timeoutMs, what: '59 keys in lead.qualified' })
    t.strictSame([...counts.keys()].sort(), created.toSorted())
    t.ok(
      [...counts.values()].every((count) => count === 1),
      'one lead.qualified each',
    )
    for (const process of processes.toReversed()) {
      t.match(await process.stop('SIGTERM'), { code: 0, signal: null }, process.output())
      t.equal(process.output(), '', 'no warning and no error was logged')
    }
  },
)
