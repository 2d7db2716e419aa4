import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { runCommand } from '@crm/testing/commands.ts'
import { installPackedSdk } from '@crm/testing/packed-sdk.ts'
import { repositoryRoot } from '@crm/testing/repository-root.ts'
import { build } from 'esbuild'
import t from 'tap'

// It packs, installs and compiles.
t.setTimeout(600_000)

const sdk = join(repositoryRoot, 'sdk')
const { folder: consumer, installed } = await installPackedSdk(t)
const wrong = await readFile(join(consumer, 'wrong.ts'), 'utf8')

t.test('the package holds compiled JavaScript, its types and its papers, and depends on openapi-fetch alone', async (t) => {
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'))
  t.match(manifest, {
    name: '@crm/sdk',
    license: 'MIT',
    type: 'module',
    sideEffects: false,
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
  })
  t.same(Object.keys(manifest.dependencies), ['openapi-fetch'])
  t.same((await readdir(installed)).toSorted(), ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json'])
  const files = (await readdir(join(installed, 'dist'), { recursive: true })).filter((name) => name.includes('.'))
  t.same(
    files.filter((name) => !/\.(js|d\.ts)$/.test(name)),
    [],
  )
  t.same((await readdir(join(consumer, 'node_modules'))).filter((name) => !name.startsWith('.')).toSorted(), [
    '@crm',
    'openapi-fetch',
    'openapi-typescript-helpers',
  ])
})

t.test('CommonJS may require it', async (t) => {
  t.match(await runCommand(process.execPath, ['-p', 'typeof require("@crm/sdk").createCrmClient'], consumer), {
    ok: true,
    stdout: 'function\n',
  })
})

t.test('it was packed by pnpm; by npm it is neither packed nor published, as that would leave out versions and exports', async (t) => {
  // An npm of its own, as from a terminal.
  const npm = (...args: string[]) => runCommand('env', ['-u', 'npm_config_user_agent', 'npm', ...args, '--dry-run', '--offline'], sdk)
  for (const command of ['pack', 'publish']) t.match(await npm(command), { ok: false, stderr: /^Pack and publish by pnpm/m }, command)
})

t.test('it is small, and needs nothing of Node', async (t) => {
  const bundle = await build({
    stdin: { contents: "export * from '@crm/sdk'", resolveDir: consumer },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
  })
  const [file] = bundle.outputFiles
  const bytes = gzipSync(file?.contents ?? '', { level: 9 }).length
  t.comment(`${bytes} bytes, minified and compressed`)
  t.ok(bytes > 1_000 && bytes < 15_000, `${bytes} bytes`)
  t.notMatch(file?.text ?? '', /node:|process\.env|require\(/)
})

const compilers = {
  'TypeScript 5.9': join(sdk, 'node_modules/typescript/bin/tsc'),
  'TypeScript 7': join(repositoryRoot, 'node_modules/typescript/bin/tsc'),
}
const strict = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  target: 'es2022',
  // The declarations of the package are checked, too.
  skipLibCheck: false,
}
const settings = {
  'a browser project': { ...strict, lib: ['es2022', 'dom', 'dom.iterable'], types: [], module: 'esnext', moduleResolution: 'bundler' },
  'a Node project': { ...strict, lib: ['es2022'], typeRoots: [join(sdk, 'node_modules/@types')], types: ['node'], module: 'nodenext' },
}

/** What the examples speak of. */
const readmePrelude = `import { CrmConflictError, CrmValidationError, createCrmClient } from '@crm/sdk'
import type { CrmClient, CrmClientOptions, InputError, Lead, LeadCreate, LeadStatus, LeadUpdate, SessionTokens } from '@crm/sdk'
declare const crm: CrmClient
declare const options: CrmClientOptions
declare const form: { name?: string; status?: Exclude<LeadStatus, 'NEW' | 'QUALIFIED'> }
declare const email: string
declare const password: string
declare const tokens: { get(): Promise<string> }
declare const store: { read(): Promise<SessionTokens | undefined>; write(tokens: SessionTokens | undefined): Promise<void> }
declare const companyId: string
declare const lead: Lead
declare const input: LeadCreate
declare function call(lead: Lead): Promise<void>
declare function save(leads: Lead[]): Promise<void>
declare function showBeside(errors: readonly InputError[]): void
`

t.test('the examples of the README compile', async (t) => {
  const readme = await readFile(join(installed, 'README.md'), 'utf8')
  const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code.replace(/^import .*$/m, ''))
  t.ok(examples.length > 5)
  const functions = examples.map((code, index) => `export async function example${index}() {\n${code}}\n`)
  await writeFile(join(consumer, 'readme.ts'), `${readmePrelude}${functions.join('')}`)
  await writeFile(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions: settings['a browser project'], files: ['readme.ts'] }))
  const result = await runCommand(process.execPath, [compilers['TypeScript 7'], '--pretty', 'false', '-p', '.'], consumer)
  t.ok(result.ok, result.stdout)
})

for (const [compiler, tsc] of Object.entries(compilers)) {
  t.test(`${compiler}: what is right compiles in a strict project, and what is wrong fails line by line`, async (t) => {
    for (const [project, compilerOptions] of Object.entries(settings)) {
      await writeFile(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['right.ts', 'wrong.ts'] }))
      const { stdout } = await runCommand(process.execPath, [tsc, '--pretty', 'false', '-p', '.'], consumer)
      t.same(unexpectedErrors(stdout, wrong), [], project)
    }
  })
}

/** What a compiler said otherwise than the comments at the ends of the lines announce: one error a line, of one of the codes there. */
function unexpectedErrors(output: string, source: string): string[] {
  const found = output.split('\n').filter((line) => /error TS\d+/.test(line))
  const announced = source.split('\n').map((line) => / \/\/ ((?:TS\d+ ?)+)$/.exec(line)?.[1]?.split(' ') ?? [])
  const missing = announced.flatMap((codes, index) => {
    const at = found.findIndex((line) => codes.some((code) => line.startsWith(`wrong.ts(${index + 1},`) && line.includes(`error ${code}:`)))
    if (at >= 0) found.splice(at, 1)
    return at < 0 && codes.length > 0 ? [`line ${index + 1} compiles`] : []
  })
  return [...missing, ...found]
}
