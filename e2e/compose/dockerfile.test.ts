import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '@crm/testing/repository-root.ts'
import t from 'tap'
import { readDockerignore } from './build-context.ts'
import { readComposeFile } from './compose-file.ts'
import { commandOf, lastStep, lineage, parseDockerfile, readDockerfile, type Step, sourceOf, stepsOf } from './dockerfile.ts'
import { filesOfProcess, manifestOf } from './process-files.ts'

const stages = readDockerfile()
const inContext = readDockerignore()
const { services } = readComposeFile()
const targets = Object.values(services).flatMap(({ build }) => (build === undefined ? [] : [build.target]))
const manifest: { engines: { node: string; pnpm: string } } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'))

const contextSources = (step: Step) => (step.keyword === 'COPY' && step.flags.from === undefined ? step.args.slice(0, -1) : [])

t.test('every service of docker-compose.yml that is ours has its target, built on a pinned Node 24 slim', async (t) => {
  t.same(targets.toSorted(), ['crm-service', 'crm-worker', 'gateway', 'migrate', 'operator', 'user-service'])
  for (const target of targets) {
    const [first] = lineage(stages, target)
    t.match(first?.base, /^node:24\.\d+\.\d+-bookworm-slim$/, target)
    t.equal(first?.base.split(':')[1]?.split('.')[0], manifest.engines.node.match(/\d+/)?.[0])
  }
})

t.test('pnpm is pinned, installs what the lockfile says and no development dependency, and keeps its store between builds', async (t) => {
  const runs = [...stages.values()].flatMap(({ steps }) => steps.filter(({ keyword }) => keyword === 'RUN'))
  t.match(runs[0]?.line, /^npm install --global pnpm@\d+\.\d+\.\d+$/)
  t.equal(runs[0]?.line.match(/@(\d+)/)?.[1], manifest.engines.pnpm.match(/\d+/)?.[0])
  t.equal(runs.length, 5)
  for (const { line, flags } of runs.slice(1)) {
    t.match(line, /^pnpm install --frozen-lockfile --prod --filter-prod [\w-]+\.\.\. --store-dir \/pnpm\/store$/)
    t.match(flags.mount, /^type=cache,.*target=\/pnpm\/store$/)
  }
})

for (const target of targets) {
  t.test(`${target} runs its program as a user without rights, in production, and gets its signals itself`, async (t) => {
    t.ok(existsSync(join(repositoryRoot, sourceOf(stages, target))))
    t.equal(lastStep(stages, target, 'USER')?.line, 'node')
    t.equal(lastStep(stages, target, 'STOPSIGNAL')?.line, 'SIGTERM')
    t.equal(lastStep(stages, target, 'ENV')?.line, 'NODE_ENV=production')
    const exposed = stepsOf(stages, target).flatMap(({ keyword, args }) => (keyword === 'EXPOSE' ? args : []))
    const { PORT, ADMIN_PORT } = services[target]?.environment ?? {}
    for (const port of [PORT, ADMIN_PORT]) if (port !== undefined) t.ok(exposed.includes(String(port)), `port ${port} is exposed`)
  })

  t.test(`${target} has every file and package that it is made of`, async (t) => {
    const { files, packages } = await filesOfProcess(sourceOf(stages, target))
    const steps = stepsOf(stages, target)
    const copied = steps.flatMap(contextSources)
    const isCopied = (file: string) =>
      file === 'openapi'
        ? copied.some((source) => source.startsWith('openapi/'))
        : copied.some((source) => `${file}/`.startsWith(`${source}/`))
    t.ok(files.length > 5, `${files.length} files`)
    t.same(
      files.filter((file) => !isCopied(file) || !inContext(file)),
      [],
      'all are copied',
    )
    // What is installed before the source comes.
    const from = steps.find(({ flags }) => flags.from !== undefined)?.flags.from ?? ''
    const manifests = stepsOf(stages, from).flatMap(contextSources)
    for (const [name, importers] of packages) {
      for (const importer of importers) {
        const { path, dependencies } = manifestOf(importer)
        t.ok(name in dependencies, `${importer} imports ${name}, a dependency of ${path}`)
        t.ok(manifests.includes(path), `${path} is there when ${target} is installed`)
      }
    }
  })
}

t.test("a process's container runs what its package starts; the operators' takes their commands as its arguments", async (t) => {
  for (const target of targets.filter((name) => name !== 'operator')) {
    const { scripts } = manifestOf(sourceOf(stages, target))
    const command = scripts[target === 'crm-worker' ? 'start:worker' : 'start']?.split(' ')
    t.same(commandOf(stages, target), { entrypoint: [], args: command }, target)
  }
  t.same(commandOf(stages, 'operator'), { entrypoint: ['node', '/app/scripts/operator.ts'], args: ['--help'] })
})

t.test('what is copied exists, and reaches the builder', async (t) => {
  const sources = [...stages.values()].flatMap(({ steps }) => steps.flatMap(contextSources))
  t.ok(sources.length > 20)
  for (const source of sources) {
    t.ok(existsSync(join(repositoryRoot, source)), source)
    t.ok(inContext(source), `${source} is not ignored`)
  }
  for (const { name, steps } of stages.values()) {
    for (const { flags } of steps) if (flags.from !== undefined) t.ok(stages.has(flags.from), `${name} copies from ${flags.from}`)
  }
})

t.test('secrets, data, history and what is installed do not reach the builder', async (t) => {
  for (const path of [
    'docker/secrets/signing_key_secret',
    '.env',
    'services/gateway/.env',
    '.git/config',
    '.data/postgres/password',
    'node_modules/pino/package.json',
    'services/gateway/node_modules/fastify',
    'services/crm-service/test/system.ts',
    'e2e/compose/rehearsal.test.ts',
    'scripts/secrets/write-secrets.ts',
    'scripts/dlq.ts',
  ]) {
    t.notOk(inContext(path), path)
  }
})

t.test('a command that a shell would run is refused, as that would keep signals from the process', async (t) => {
  for (const keyword of ['CMD', 'ENTRYPOINT']) {
    const shellForm = parseDockerfile(`FROM node:24.0.0-slim AS one\n${keyword} node src/server.ts\n`)
    t.throws(() => commandOf(shellForm, 'one'), { message: `${keyword} node src/server.ts is not in exec form` })
  }
})
