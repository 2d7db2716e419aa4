import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { JsonObject } from '@crm/openapi/json.ts'
import { runCommand } from '@crm/testing/commands.ts'
import t from 'tap'
import { makeSdkFiles } from '../../../sdk/generator/sdk-files.ts'
import { root } from '../../steps.ts'
import { type Changes, changed } from './changed.ts'
import { compatible } from './compatible-changes.ts'
import { exampleApi } from './example-documents.ts'

const sdk = join(root, 'sdk')

/** What somebody wrote against the SDK of the example API: every method, with what it takes and gives. */
const program = `import type { CrmPromise } from './sdk/crm-promise.ts'
import type { ListThingsQuery, Size, Thing, ThingCreate, ThingPage } from './sdk/generated/models-and-resources.ts'
import type { CrmClient } from './sdk/generated/resources.ts'

export async function run(crm: CrmClient, size: Size): Promise<unknown[]> {
  const query: ListThingsQuery = { limit: 10, size }
  const page: ThingPage = await crm.things.list({ query, timeoutMs: 1000 })
  const input: ThingCreate = { name: 'A', size, weight: 1.5, note: null, tags: ['a'], options: { isUrgent: true } }
  const made: Thing = await crm.things.create(input)
  const got: CrmPromise<Thing> = crm.things.get(made.id, { timeoutMs: 1000 })
  const parent: Thing | null = (await got).parent
  const nothing: void = await crm.things.touch(made.id, {}, { timeoutMs: 1000 })
  const texts: string[] = page.data.map(({ id, name }) => id + name)
  const known: Size[] = [made.size]
  return [texts, parent, nothing, known, made.version.toFixed(), made.note?.trim(), made.labels?.a?.trim()]
}
`
const both = "export type * from './models.ts'\nexport type * from './resources.ts'\n"

/** Writes the SDK of an API and the program that uses it into a folder. */
async function writeProgram(folder: string, api: JsonObject): Promise<void> {
  const index = await readFile(join(sdk, 'src/index.ts'), 'utf8')
  const { sources } = await makeSdkFiles({ api, services: { 'thing-service': api } }, index)
  await cp(join(sdk, 'src'), join(folder, 'sdk'), { recursive: true })
  for (const [path, text] of Object.entries(sources)) await writeFile(join(folder, path.replace(/^src/, 'sdk')), text)
  await writeFile(join(folder, 'sdk/generated/models-and-resources.ts'), both)
  await writeFile(join(folder, 'program.ts'), program)
}

/** The faults that TypeScript finds in the programs, by the folder of each. */
async function faultsIn(folder: string): Promise<string[]> {
  const config = { extends: join(root, 'tsconfig.json'), include: ['*/program.ts'], exclude: [] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { stdout } = await runCommand(process.execPath, [tsc, '--noEmit', '--pretty', 'false', '-p', folder], folder)
  return stdout.split('\n').filter((line) => /^[\w-]+\/program\.ts/.test(line))
}

/** The faults of the program with the SDK of each changed API. */
async function faultsAfter(changes: Changes[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'crm-sdk-programs-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await symlink(join(sdk, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  for (const [index, change] of changes.entries()) {
    const place = join(folder, `change-${index}`)
    await mkdir(dirname(place), { recursive: true })
    await writeProgram(place, changed(exampleApi(), change))
  }
  return faultsIn(folder)
}

t.test('a program on the SDK type-checks with the SDK of every API that is compatible', async (t) => {
  const faults = await faultsAfter(compatible.map(({ change }) => change))
  const named = faults.map((fault) => `${compatible[Number(/\d+/.exec(fault)?.[0])]?.name}: ${fault}`)
  t.strictSame(named, [])
})

const optionalBody = { required: false, content: { 'application/json': { schema: { $ref: '#/components/schemas/ThingCreate' } } } }

t.test('the same program does not with what breaks it', async (t) => {
  const faults = await faultsAfter([
    { '/paths/~1things~1{thingId}/get/requestBody': optionalBody },
    { '/components/schemas/Thing/properties/note': undefined },
    { '/paths/~1things~1{thingId}/get/operationId': 'readThing' },
  ])
  for (const index of [0, 1, 2])
    t.ok(
      faults.some((fault) => fault.startsWith(`change-${index}/`)),
      faults.join('\n'),
    )
})
