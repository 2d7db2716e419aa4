import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'
import { root, toolEnvironment } from '../steps.ts'

interface Diagnostic {
  category: string
  location: { path: string; start: { line: number } }
}

/** Lints these files in an otherwise empty tree under the workspace's own rules. */
async function lint(files: Record<string, string>): Promise<Diagnostic[]> {
  const tree = await mkdtemp(join(tmpdir(), 'crm-lint-'))
  t.teardown(() => rm(tree, { recursive: true }))
  await writeFile(join(tree, '.gitignore'), 'node_modules/\n')
  await copyFile(join(root, 'biome.json'), join(tree, 'biome.json'))
  for (const [path, source] of Object.entries(files)) {
    await mkdir(join(tree, dirname(path)), { recursive: true })
    await writeFile(join(tree, path), source)
  }
  const report = await new Promise<string>((resolve) => {
    const args = ['lint', '--reporter=json', '--max-diagnostics=none', '.']
    execFile('biome', args, { cwd: tree, env: toolEnvironment() }, (_error, stdout) => resolve(stdout))
  })
  return JSON.parse(report).diagnostics
}

/** Which of these imports are refused in the file. */
async function refusedImports(file: string, specifiers: string[]): Promise<string[]> {
  const source = specifiers.map((specifier, line) => `import { x${line} } from '${specifier}'\n`).join('')
  const diagnostics = await lint({ [file]: source })
  const refused = diagnostics.filter(({ category }) => category === 'lint/style/noRestrictedImports')
  return refused.map(({ location }) => specifiers[location.start.line - 1] ?? 'another line')
}

async function rulesBroken(files: Record<string, string>): Promise<Record<string, string[]>> {
  const broken: Record<string, string[]> = {}
  for (const { category, location } of await lint(files)) broken[location.path] = [...(broken[location.path] ?? []), category]
  return broken
}

const boundaries = [
  {
    guarantee: 'a package imports no service, its tests neither',
    files: [
      'packages/events/src/outbox/relay.ts',
      'packages/events/test/relay.test.ts',
      'packages/service-kit/src/app.ts',
      'packages/testing/src/a.ts',
    ],
    refused: [
      'user-service/app.ts',
      'crm-service/db/schema.ts',
      'audit-service/app.ts',
      'notification-service/app.ts',
      'gateway/app.ts',
      'all-in-one/server.ts',
      '../../../services/user-service/src/app.ts',
    ],
    allowed: ['@crm/service-kit/errors/app-error.ts', './user-service.ts', '../services.ts', 'fastify', 'node:path'],
  },
  {
    guarantee: 'service-kit does not import events, which builds on it',
    files: ['packages/service-kit/src/health/ready.ts', 'packages/service-kit/test/ready.test.ts'],
    refused: ['@crm/events/outbox/relay.ts', '../../events/src/outbox/relay.ts'],
    allowed: ['./events.ts', 'node:events'],
  },
  {
    guarantee: 'the reader of documents depends on nothing',
    files: ['packages/openapi/src/operations.ts'],
    refused: [
      '@crm/service-kit/errors/codes.ts',
      '@crm/events/bus/bus.ts',
      'user-service/app.ts',
      'fastify',
      'tap',
      '../../events/src/a.ts',
    ],
    allowed: ['./json.ts', 'node:util'],
  },
  {
    guarantee: "packages' and services' sources use no test tools",
    files: [
      'packages/events/src/relay.ts',
      'packages/service-kit/src/ready.ts',
      'packages/embedded-postgres/src/launch.ts',
      'services/crm-service/src/app.ts',
      'services/gateway/src/app.ts',
    ],
    refused: ['tap', '@crm/testing/poll.ts', '@crm/embedded-postgres/start-postgres.ts', '../../testing/src/poll.ts'],
    allowed: ['./tap.ts', './testing.ts', 'tapable', '@crm/service-kit/health/ready.ts'],
  },
  {
    guarantee: 'tests, and the packages for tests, may use them',
    files: ['packages/events/test/relay.test.ts', 'services/crm-service/test/app.test.ts', 'packages/testing/src/server.ts'],
    refused: [],
    allowed: ['tap', '@crm/testing/poll.ts', '@crm/embedded-postgres/start-postgres.ts', '@crm/service-kit/errors/codes.ts'],
  },
  {
    guarantee: 'no service imports another',
    files: ['services/crm-service/src/modules/leads/create-lead.ts', 'services/gateway/src/app.ts', 'services/crm-service/src/worker.ts'],
    refused: [
      'user-service/app.ts',
      'audit-service/app.ts',
      'all-in-one/server.ts',
      '../../user-service/src/app.ts',
      '../../../../user-service/src/app.ts',
      '@crm/local-processes/ports.ts',
    ],
    allowed: [
      '@crm/events/outbox/relay.ts',
      './user-service.ts',
      '../user-service/client.ts',
      '../../gateway.ts',
      '../modules/leads/leads.routes.ts',
    ],
  },
  {
    guarantee: 'all-in-one alone imports services and starts PostgreSQL',
    files: ['services/all-in-one/src/server.ts'],
    refused: ['tap', '@crm/testing/poll.ts'],
    allowed: [
      'user-service/app.ts',
      'crm-service/worker-app.ts',
      '@crm/embedded-postgres/start-postgres.ts',
      '@crm/local-processes/ports.ts',
    ],
  },
  {
    guarantee: 'the SDK depends on openapi-fetch alone',
    files: ['sdk/src/client.ts'],
    refused: [
      'undici',
      'node:crypto',
      'fastify',
      '@sinclair/typebox',
      '@crm/service-kit/errors/codes.ts',
      'crm-service/app.ts',
      '../../packages/service-kit/src/errors/codes.ts',
      '../generator/generate.ts',
    ],
    allowed: ['openapi-fetch', './errors.ts', './generated/resources.ts', '../operation.ts'],
  },
]

for (const { guarantee, files, refused, allowed } of boundaries) {
  t.test(guarantee, async (t) => {
    for (const file of files) t.same(await refusedImports(file, [...refused, ...allowed]), refused, file)
  })
}

t.test('only configuration and entry points read the environment', async (t) => {
  const source = 'export const port = process.env.PORT\n'
  const rule = 'lint/style/noProcessEnv'
  const broken = await rulesBroken({
    'services/crm-service/src/app.ts': source,
    'services/crm-service/src/modules/leads/config-of-leads.ts': source,
    'packages/events/src/bus/kafka.ts': source,
    'services/crm-service/src/config.ts': source,
    'services/crm-service/src/server.ts': source,
    'services/crm-service/src/geocode-worker.ts': source,
    'services/crm-service/src/migrate.ts': source,
    'services/crm-service/test/app.test.ts': source,
    'packages/testing/src/server.ts': source,
    'scripts/test.ts': source,
    'e2e/test/start.test.ts': source,
    'bench/create-lead/run.ts': source,
  })
  t.same(broken, {
    'packages/events/src/bus/kafka.ts': [rule],
    'services/crm-service/src/app.ts': [rule],
    'services/crm-service/src/modules/leads/config-of-leads.ts': [rule],
  })
})

t.test('files that import each other in a circle are refused', async (t) => {
  const broken = await rulesBroken({
    'packages/events/src/a.ts': "import { b } from './b.ts'\n\nexport const a = () => b\n",
    'packages/events/src/b.ts': "import { a } from './a.ts'\n\nexport const b = () => a\n",
  })
  t.same(broken, {
    'packages/events/src/a.ts': ['lint/suspicious/noImportCycles'],
    'packages/events/src/b.ts': ['lint/suspicious/noImportCycles'],
  })
})

t.test('a source file ends before 250 lines, a test need not', async (t) => {
  const source = Array.from({ length: 251 }, (_, line) => `export const x${line} = ${line}\n`).join('')
  const broken = await rulesBroken({ 'packages/events/src/long.ts': source, 'packages/events/test/long.test.ts': source })
  t.same(broken, { 'packages/events/src/long.ts': ['lint/style/noExcessiveLinesPerFile'] })
})
