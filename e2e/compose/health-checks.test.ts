import { spawnSync } from 'node:child_process'
import { freePort } from '@crm/testing/ports.ts'
import { startTestServer } from '@crm/testing/server.ts'
import t from 'tap'
import { readComposeFile } from './compose-file.ts'

const { services } = readComposeFile()
const isInstalled = spawnSync('pg_isready', ['--version']).error === undefined
const skip = isInstalled || process.env.CI === 'true' ? false : 'it needs pg_isready on the PATH'

t.test("PostgreSQL's health check tells a server that answers from one that does not", { skip }, async (t) => {
  const [form, program = '', ...args] = services.postgres?.healthcheck?.test ?? []
  t.same([form, program], ['CMD', 'pg_isready'])
  const server = await startTestServer(t)
  const exitCode = (port: string | number) => spawnSync(program, [...args, `--port=${port}`]).status
  t.equal(exitCode(new URL(server.url()).port), 0)
  t.equal(exitCode(await freePort()), 2)
})

// The script is a part of the image alone, at the place that Kafka's documents name.
t.test("Kafka's health check asks the broker where it listens", async (t) => {
  const { healthcheck, environment } = services.kafka ?? {}
  t.match(environment?.KAFKA_LISTENERS, /^PLAINTEXT:\/\/:9092,/)
  t.same(healthcheck?.test, [
    'CMD-SHELL',
    'KAFKA_HEAP_OPTS=-Xmx128m /opt/kafka/bin/kafka-broker-api-versions.sh --bootstrap-server localhost:9092',
  ])
})
