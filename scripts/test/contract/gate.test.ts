import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { stringify } from 'yaml'
import { breakingChanges, compareContracts, contractProblems, releaseProblems } from '../../contract/gate.ts'
import { type Contract, keepRelease, readContract, readLastRelease } from '../../contract/released.ts'
import { compareVersions, nextVersion } from '../../contract/versions.ts'
import { root } from '../../steps.ts'
import { type Changes, changed } from './changed.ts'
import { exampleApi, exampleEvents } from './example-documents.ts'

function contract(version: string, { api = {}, events = {} }: { api?: Changes; events?: Changes } = {}): Contract {
  const versioned = { '/info/version': version }
  return { version, api: changed(exampleApi(), { ...api, ...versioned }), events: changed(exampleEvents(), { ...events, ...versioned }) }
}

const note = '/components/schemas/Thing/properties/note'
const broken = (version: string) => contract(version, { api: { [note]: undefined }, events: { '/channels/thing.deleted': undefined } })
const brokenLines = ['response Thing.note: was removed', 'channel thing.deleted: was removed']
const grown = (version: string) => contract(version, { api: { '/components/schemas/Thing/properties/colour': { type: 'string' } } })
const reworded = (version: string) => contract(version, { api: { '/paths/~1things/get/summary': 'Other words' } })
const withMoreCodes = (version: string) => contract(version, { api: { '/components/schemas/Problem/properties/code/enum/-': 'forbidden' } })
const withFewerCodes = (version: string) => contract(version, { api: { '/components/schemas/Problem/properties/code/enum/1': undefined } })
const answeringMore = (version: string) =>
  contract(version, { api: { '/paths/~1things/get/responses/400/x-problem-codes/-': 'forbidden' } })
const answeringLess = (version: string) => contract(version, { api: { '/paths/~1things/get/responses/400/x-problem-codes/0': undefined } })

const mayStand = (released: Contract, current: Contract) => contractProblems(compareContracts(released, current))
const mayBeReleased = (released: Contract, current: Contract) => releaseProblems(compareContracts(released, current))

t.test('what breaks the last release is refused, named, until the version says so', async (t) => {
  for (const [released, current, needed] of [
    ['0.1.0', '0.1.0', '0.2.0'],
    ['0.1.0', '0.1.7', '0.2.0'],
    ['1.4.2', '1.5.0', '2.0.0'],
  ] as const) {
    const last = `these break ${released}: take them back, or raise the version (${current}) to ${needed}`
    t.strictSame(mayStand(contract(released), broken(current)), [...brokenLines, last], `${released} to ${current}`)
    t.strictSame(mayStand(contract(released), broken(needed)), [], `${released} to ${needed}`)
  }
  t.strictSame(mayStand(contract('0.9.0'), broken('1.0.0')), [], 'the first major version may break as well')
})

t.test('what breaks nobody needs no version, until it is released', async (t) => {
  t.strictSame(mayStand(contract('1.0.0'), grown('1.0.0')), [])
  t.strictSame(mayStand(contract('1.1.0'), contract('1.0.0')), ['version 1.0.0 comes before 1.1.0, which is released'])
  for (const [current, problem] of [
    [grown('1.0.0'), '1.0.0 is released: this one, with additions, is 1.1.0 at least, not 1.0.0'],
    [grown('1.0.1'), '1.0.0 is released: this one, with additions, is 1.1.0 at least, not 1.0.1'],
    [reworded('1.0.0'), '1.0.0 is released: this one, with corrections, is 1.0.1 at least, not 1.0.0'],
  ] as const) {
    t.strictSame(mayBeReleased(contract('1.0.0'), current), [problem])
  }
  for (const current of [grown('1.1.0'), reworded('1.0.1'), broken('2.0.0')]) {
    t.strictSame(mayBeReleased(contract('1.0.0'), current), [], current.version)
  }
  t.strictSame(mayBeReleased(contract('0.1.0'), grown('0.1.1')), [], 'before 1.0 the patch stands for additions')
  t.match(mayBeReleased(contract('0.1.0'), broken('0.1.1')), brokenLines)
})

t.test('a code that goes, from the list or from an operation, breaks; one that comes is an addition', async (t) => {
  for (const less of [withFewerCodes, answeringLess]) {
    t.equal(compareContracts(contract('1.0.0'), less('1.0.0')).step, 'breaking')
    t.match(mayStand(contract('1.0.0'), less('1.9.0')).at(-1) ?? '', /^these break 1\.0\.0/)
  }
  for (const more of [withMoreCodes, answeringMore]) {
    t.equal(compareContracts(contract('1.0.0'), more('1.0.0')).step, 'addition')
    t.match(mayBeReleased(contract('1.0.0'), more('1.0.1')), [/with additions, is 1\.1\.0 at least/])
    t.strictSame(mayBeReleased(contract('1.0.0'), more('1.1.0')), [])
  }
})

t.test('what breaks the SDK alone needs the version of a break as well', async (t) => {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/ThingCreate' } } }
  const withBody = contract('0.1.0', { api: { '/paths/~1things/get/requestBody': { required: false, content } } })
  t.match(mayStand(contract('0.1.0'), withBody), ['SDK crm.things.list: takes (body?) now (took ())', /raise the version/])
})

t.test('documents that differ in nothing but the version are the same', async (t) => {
  t.equal(compareContracts(contract('1.0.0'), contract('1.0.1')).step, undefined)
  t.strictSame(mayBeReleased(contract('1.0.0'), contract('1.0.1')), [], 'the SDK has the same version, and may have been corrected')
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
  const api = changed(current.api, { '/components/schemas/Lead/properties/email': undefined })
  const events = changed(current.events, { '/components/schemas/LeadCreated/properties/email': undefined })
  const lines = ['response Lead.email: was removed', 'event LeadCreated.email: was removed']
  t.strictSame(breakingChanges(current, { ...current, api, events }), lines)
})

t.test("what the system's own schemas demand without a word on it is named, and what they promise so and no longer keep", async (t) => {
  const current = await readContract(join(root, 'openapi'))
  const api = changed(current.api, { '/components/schemas/LeadCreate/required/-': 'zip' })
  const events = changed(current.events, { '/components/schemas/LeadCreated/required/-': 'zip' })
  const lines = ['request LeadCreate.zip: is required now', 'event LeadCreated.zip: is required now']
  t.strictSame(breakingChanges(current, { ...current, api, events }), lines)
  const promised = changed(current.api, { '/components/schemas/Lead/required/-': 'zip' })
  t.strictSame(breakingChanges({ ...current, api: promised }, current), ['response Lead.zip: may now be missing'])
})
