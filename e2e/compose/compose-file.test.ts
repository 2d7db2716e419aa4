import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { busVariables } from '@crm/service-kit/config/bus-choice.ts'
import { variables } from '@crm/service-kit/config/variables.ts'
import { repositoryRoot } from '@crm/testing/repository-root.ts'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { writeSecrets } from '../../scripts/secrets/write-secrets.ts'
import { CrmServiceConfig, CrmWorkerConfig } from '../../services/crm-service/src/config.ts'
import { GatewayConfig } from '../../services/gateway/src/config.ts'
import { MigrateConfig } from '../../services/migrate/src/config.ts'
import { UserServiceConfig } from '../../services/user-service/src/config.ts'
import { composePath, milliseconds, networksOf, parseComposeFile, readComposeFile } from './compose-file.ts'

interface Variables {
  properties: Record<string, { secret?: boolean }>
  required?: string[]
}

/** What each of our own processes reads of its environment. */
const configs: Record<string, Variables> = {
  gateway: GatewayConfig,
  'user-service': UserServiceConfig,
  'crm-service': CrmServiceConfig,
  'crm-worker': CrmWorkerConfig,
  migrate: MigrateConfig,
  operator: { properties: { ...busVariables, DATABASE_URL: variables.DATABASE_URL, SIGNING_KEY_SECRET: variables.SIGNING_KEY_SECRET } },
}
const servers = ['gateway', 'user-service', 'crm-service', 'crm-worker']
/** From the first signal to the end of a process, at most; `runProcess` of service-kit. */
const shutdownMs = 25_000

const schema = JSON.parse(readFileSync(join(import.meta.dirname, 'schema/compose-spec.json'), 'utf8'))
const isCompose = new Ajv2020({ strict: false, allErrors: true }).compile(schema)
const text = readFileSync(composePath, 'utf8')
const compose = readComposeFile()
const { services } = compose

const reaching = (network: string) =>
  Object.entries(services)
    .filter(([, service]) => networksOf(service).includes(network))
    .map(([name]) => name)

t.test('docker-compose.yml is a Compose file', async (t) => {
  t.ok(isCompose(parseComposeFile(text)), JSON.stringify(isCompose.errors))
  for (const [what, from, to] of [
    ['a key that Compose does not know', 'read_only: true', 'readonly: true'],
    ['a value of another type', 'pids_limit: 200', 'pids_limit: [200]'],
    ['a condition that there is not', 'condition: service_healthy', 'condition: service_ready'],
    ['a health check without its test', 'test: [CMD, node, /app/docker/healthcheck.ts]', 'tests: [CMD, node]'],
  ] as const) {
    t.not(text.replace(from, to), text)
    t.notOk(isCompose(parseComposeFile(text.replace(from, to))), `${what} is found`)
  }
})

t.test('every network, volume, secret and service that is named is there, and none is left over', async (t) => {
  const named = Object.values(services)
  t.same(new Set(named.flatMap(networksOf)), new Set(Object.keys(compose.networks)))
  t.same(new Set(named.flatMap(({ secrets = [] }) => secrets)), new Set(Object.keys(compose.secrets)))
  t.same(new Set(named.flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')[0]))), new Set(Object.keys(compose.volumes)))
  for (const [name, { depends_on = {} }] of Object.entries(services)) {
    for (const [other, { condition }] of Object.entries(depends_on)) {
      const waited = services[other]
      if (condition === 'service_healthy') t.ok(waited?.healthcheck, `${name} waits for the health of ${other}`)
      else t.equal(waited?.restart, 'no', `${name} waits for the end of ${other}`)
    }
  }
})

t.test('each process gets variables that it reads, all that it needs, and its secrets by files alone', async (t) => {
  t.same(Object.keys(services).sort(), [...Object.keys(configs), 'kafka', 'postgres'].sort())
  for (const [name, { properties, required = [] }] of Object.entries(configs)) {
    const { environment = {}, secrets = [] } = services[name] ?? {}
    // The image sets NODE_ENV for those that do not read it.
    const given = Object.keys(environment).filter((variable) => variable !== 'NODE_ENV')
    const plain = given.filter((variable) => !variable.endsWith('_FILE'))
    const files = given.filter((variable) => variable.endsWith('_FILE'))
    for (const variable of plain) {
      t.ok(properties[variable], `${name} reads ${variable}`)
      if (properties[variable]?.secret)
        t.notMatch(String(environment[variable]), /:\/\/[^/]*:[^/]*@/, `${name}: no password in ${variable}`)
    }
    for (const variable of files) t.ok(properties[variable.slice(0, -'_FILE'.length)]?.secret, `${name} reads ${variable}`)
    t.same(files.map((variable) => environment[variable]).sort(), secrets.map((secret) => `/run/secrets/${secret}`).sort(), name)
    const needed = required.filter((variable) => !('default' in (properties[variable] ?? {})))
    t.same(
      needed.filter((variable) => !given.includes(variable) && !given.includes(`${variable}_FILE`)),
      [],
      `${name} has what it requires`,
    )
  }
})

t.test('the secrets are those that `pnpm secrets` makes, in a folder that git and the images leave out', async (t) => {
  const folder = t.testdir()
  writeSecrets(folder)
  const files = Object.entries(compose.secrets).map(([name, { file }]) => {
    t.equal(dirname(file), 'docker/secrets')
    return [name, file.split('/').at(-1)]
  })
  t.same(files.map(([, file]) => file).sort(), readdirSync(folder).sort())
  for (const [name, file] of files) t.equal(name, file)
  t.match(readFileSync(join(repositoryRoot, 'docker/.gitignore'), 'utf8'), /^secrets\/$/m)
})

t.test('from outside only the gateway is reached, and on loopback unless somebody says otherwise', async (t) => {
  for (const [name, { ports = [] }] of Object.entries(services)) t.same(ports, name === 'gateway' ? ['127.0.0.1:4000:4000'] : [], name)
  const open = readComposeFile({ CRM_ADDRESS: '0.0.0.0', CRM_PORT: '80' })
  t.same(open.services.gateway?.ports, ['0.0.0.0:80:4000'])
  const outward = Object.entries(compose.networks).filter(([, network]) => network?.internal !== true)
  t.same(
    outward.map(([name]) => name),
    ['public'],
  )
  t.same(reaching('public'), ['gateway'])
})

t.test('only those with a database reach PostgreSQL, and only those with events reach Kafka', async (t) => {
  t.same(reaching('database').sort(), ['crm-service', 'crm-worker', 'migrate', 'operator', 'postgres', 'user-service'])
  t.same(reaching('events').sort(), ['crm-service', 'crm-worker', 'kafka', 'operator', 'user-service'])
  t.same(reaching('api').sort(), ['crm-service', 'gateway', 'user-service'])
})

t.test('services believe X-Forwarded headers of the gateway alone, wherever the network is', async (t) => {
  for (const environment of [{}, { CRM_API_NETWORK: '10.9.8' }] as Record<string, string>[]) {
    const { services, networks } = readComposeFile(environment)
    const gateway = services.gateway?.networks
    const address = Array.isArray(gateway) ? undefined : gateway?.api?.ipv4_address
    const [range] = networks.api?.ipam?.config ?? []
    const network = environment.CRM_API_NETWORK ?? '172.30.87'
    t.equal(address, `${network}.10`)
    t.match(range, { subnet: `${network}.0/28`, ip_range: `${network}.0/29` }, 'others get addresses below 8')
    for (const name of ['user-service', 'crm-service']) t.equal(services[name]?.environment?.TRUST_PROXY, address, name)
    t.equal(services.gateway?.environment?.TRUST_PROXY, '', 'the gateway believes nobody')
  }
})

t.test('a proxy on this machine has an address that can be named, wherever the network is', async (t) => {
  for (const environment of [{}, { CRM_PUBLIC_NETWORK: '10.9.7' }] as Record<string, string>[]) {
    const { networks, services } = readComposeFile({ ...environment, CRM_TRUST_PROXY: '10.9.7.1' })
    const network = environment.CRM_PUBLIC_NETWORK ?? '172.30.86'
    t.match(networks.public?.ipam?.config, [{ subnet: `${network}.0/28`, gateway: `${network}.1` }])
    t.equal(services.gateway?.environment?.TRUST_PROXY, '10.9.7.1')
  }
})

t.test('processes run in production, in token mode, without rights they do not need, and are given the time to end', async (t) => {
  for (const name of Object.keys(configs)) {
    const service = services[name]
    t.match(service, { init: true, read_only: true }, name)
    t.ok(milliseconds(service?.stop_grace_period ?? '0s') > shutdownMs, `${name} may end by itself`)
  }
  for (const [name, { healthcheck }] of Object.entries(services)) {
    for (const field of ['interval', 'timeout', 'start_period', 'start_interval'] as const) {
      if (healthcheck) t.ok(milliseconds(healthcheck[field]) > 0, `${name}: ${field}`)
    }
  }
  for (const name of servers) {
    t.match(services[name], { restart: 'unless-stopped', environment: { NODE_ENV: 'production', HOST: '0.0.0.0' } }, name)
    t.match(services[name]?.healthcheck?.test, ['CMD', 'node', '/app/docker/healthcheck.ts'], name)
  }
  for (const name of ['user-service', 'crm-service']) t.equal(services[name]?.environment?.AUTH_MODE, 'token', name)
  for (const [name, service] of Object.entries(services)) {
    t.match(service, { cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] }, name)
    t.notOk(service.privileged, name)
  }
})

t.test("the operators' container runs on demand alone, with the database and the secret of user-service", async (t) => {
  const onDemand = Object.entries(services).filter(([, { profiles }]) => profiles !== undefined)
  t.same(
    onDemand.map(([name]) => name),
    ['operator'],
  )
  const { environment = {} } = services['user-service'] ?? {}
  t.equal(services.operator?.restart, 'no')
  for (const variable of ['DATABASE_URL_FILE', 'SIGNING_KEY_SECRET_FILE', 'KAFKA_BROKERS'])
    t.equal(services.operator?.environment?.[variable], environment[variable] ?? 'none', variable)
})

t.test('images that are not ours have a tag that names a version', async (t) => {
  for (const [name, { image, build }] of Object.entries(services)) {
    if (build === undefined) t.match(image, /^[\w/]+:\d+\.\d+(\.\d+)?(-\w+)?$/, name)
    else t.match(build, { context: '.', target: name })
  }
  t.match(services.postgres?.image, /^postgres:18\./)
  t.match(services.kafka?.image, /^apache\/kafka:4\./)
  t.same(services.postgres?.volumes, ['postgres-data:/var/lib/postgresql'], 'where the images of 18 and later keep their data')
})
