import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { stringify } from 'yaml'
import { breakingChanges, contractProblems, releaseProblems } from '../../contract/gate.ts'
import { type Contract, keepRelease, readContract, readLastRelease } from '../../contract/released.ts'
import { compareVersions, nextVersion } from '../../contract/versions.ts'
import { root } from '../../steps.ts'
import { type Draft, exampleApi, exampleEvents } from './example-documents.ts'

function contract(version: string, change: (documents: { api: Draft; events: Draft }) => void = () => {}): Contract {
  const documents = { api: exampleApi(), events: exampleEvents() }
  change(documents)
  for (const { info } of Object.values(documents)) info.version = version
  return { version, ...documents }
}

const broken = (version: string) =>
  contract(version, ({ api, events }) => {
    delete api.components.schemas.Thing.properties.note
    delete events.channels['thing.deleted']
  })
const brokenLines = ['response Thing.note: was removed', 'channel thing.deleted: was removed']
const grown = (version: string) => contract(version, ({ api }) => (api.components.schemas.Thing.properties.colour = { type: 'string' }))
const reworded = (version: string) => contract(version, ({ api }) => (api.paths['/things'].get.summary = 'Other words'))

t.test('what breaks the last release is refused, named, until the version says so', async (t) => {
  for (const [released, current, needed] of [
    ['0.1.0', '0.1.0', '0.2.0'],
    ['0.1.0', '0.1.7', '0.2.0'],
    ['1.4.2', '1.5.0', '2.0.0'],
  ] as const) {
    const last = `these break ${released}: take them back, or raise the version (${current}) to ${needed}`
    t.strictSame(contractProblems(contract(released), broken(current)), [...brokenLines, last], `${released} to ${current}`)
    t.strictSame(contractProblems(contract(released), broken(needed)), [], `${released} to ${needed}`)
  }
  t.strictSame(contractProblems(contract('0.9.0'), broken('1.0.0')), [], 'the first major version may break as well')
})

t.test('what breaks nobody needs no version, until it is released', async (t) => {
  t.strictSame(contractProblems(contract('1.0.0'), grown('1.0.0')), [])
  t.strictSame(contractProblems(contract('1.1.0'), contract('1.0.0')), ['version 1.0.0 comes before 1.1.0, which is released'])
  for (const [current, problem] of [
    [grown('1.0.0'), '1.0.0 is released: this one, with additions, is 1.1.0 at least, not 1.0.0'],
    [grown('1.0.1'), '1.0.0 is released: this one, with additions, is 1.1.0 at least, not 1.0.1'],
    [reworded('1.0.0'), '1.0.0 is released: this one, with corrections, is 1.0.1 at least, not 1.0.0'],
  ] as const) {
    t.strictSame(releaseProblems(contract('1.0.0'), current), [problem])
  }
  for (const current of [grown('1.1.0'), reworded('1.0.1'), broken('2.0.0')]) {
    t.strictSame(releaseProblems(contract('1.0.0'), current), [], current.version)
  }
  t.strictSame(releaseProblems(contract('0.1.0'), grown('0.1.1')), [], 'before 1.0 the patch stands for additions')
  t.match(releaseProblems(contract('0.1.0'), broken('0.1.1')), brokenLines)
})

t.test('versions are compared as numbers and raised as semantic versioning says', async (t) => {
  t.same(['0.10.0', '0.9.0', '1.0.0', '0.9.10'].sort(compareVersions), ['0.9.0', '0.9.10', '0.10.0', '1.0.0'])
  t.same(
    (['breaking', 'addition', 'correction'] as const).map((step) => nextVersion('1.2.3', step)),
    ['2.0.0', '1.3.0', '1.2.4'],
  )
  t.same(
    (['breaking', 'addition', 'correction'] as const).map((step) => nextVersion('0.2.3', step)),
    ['0.3.0', '0.2.4', '0.2.4'],
  )
  t.throws(() => compareVersions('1.0', '1.0.0'), { message: "'1.0' is no version such as 1.2.3" })
})

t.test('a release keeps the very documents, in place of the one before', async (t) => {
  const folder = t.testdir()
  const write = async ({ api, events }: Contract) => {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'gateway.json'), JSON.stringify(api))
    await writeFile(join(folder, 'asyncapi.yaml'), stringify(events))
  }
  t.equal(await readLastRelease(folder), undefined)
  await write(contract('0.9.0'))
  await keepRelease(folder, '0.9.0')
  await write(grown('0.10.0'))
  t.strictSame(await readLastRelease(folder), contract('0.9.0'))
  await keepRelease(folder, '0.10.0')
  t.strictSame(await readLastRelease(folder), grown('0.10.0'))
  t.strictSame(await readdir(join(folder, 'released')), ['0.10.0'])
  t.equal(await readFile(join(folder, 'released/0.10.0/gateway.json'), 'utf8'), await readFile(join(folder, 'gateway.json'), 'utf8'))
})

t.test('documents of different versions are no contract', async (t) => {
  const events = stringify(contract('0.2.0').events)
  const folder = t.testdir({ 'gateway.json': JSON.stringify(contract('0.1.0').api), 'asyncapi.yaml': events })
  await t.rejects(readContract(folder), { message: 'gateway.json is of version 0.1.0, asyncapi.yaml of 0.2.0' })
})

t.test("the system's own documents can be compared: with themselves nothing breaks, without a field of a lead that is named", async (t) => {
  const current = await readContract(join(root, 'openapi'))
  t.strictSame(breakingChanges(current, current), [])
  const changed: Draft = structuredClone(current)
  delete changed.api.components.schemas.Lead.properties.email
  delete changed.events.components.schemas.LeadCreated.properties.email
  t.strictSame(breakingChanges(current, changed), ['response Lead.email: was removed', 'event LeadCreated.email: was removed'])
})
