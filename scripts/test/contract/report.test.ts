import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { stringify } from 'yaml'
import { checkContract, releaseContract } from '../../contract/report.ts'
import { type Changes, changed } from './changed.ts'
import { exampleApi, exampleEvents } from './example-documents.ts'

const hint = /^The version is in packages\/service-kit\/src\/http\/openapi-version\.ts/
const note = '/components/schemas/Thing/properties/note'
const colour = { '/components/schemas/Thing/properties/colour': { type: 'string' } }
const upToDate = async () => []

/** A folder with current documents, and 0.1.0 as its release. */
async function folderWith(t: Test, version: string, changes: Changes = {}): Promise<string> {
  const folder = t.testdir()
  const write = async (at: string, version: string, changes: Changes) => {
    await mkdir(at, { recursive: true })
    await writeFile(join(at, 'gateway.json'), JSON.stringify(changed(exampleApi(), { ...changes, '/info/version': version })))
    await writeFile(join(at, 'asyncapi.yaml'), stringify(changed(exampleEvents(), { '/info/version': version })))
  }
  await write(join(folder, 'released/0.1.0'), '0.1.0', {})
  await write(folder, version, changes)
  return folder
}

t.test('a contract that holds says to what', async (t) => {
  t.strictSame(await checkContract(await folderWith(t, '0.1.0', colour)), { ok: true, lines: ['The contract holds to 0.1.0.'] })
})

t.test('a contract that breaks is not said to hold, also where its version allows it', async (t) => {
  const { ok, lines } = await checkContract(await folderWith(t, '0.1.0', { [note]: undefined }))
  t.equal(ok, false)
  t.match(lines, ['response Thing.note: was removed', /^these break 0\.1\.0/, hint])
  t.strictSame(await checkContract(await folderWith(t, '0.2.0', { [note]: undefined })), {
    ok: true,
    lines: ['The contract breaks 0.1.0 once, as its version 0.2.0 says:', '  allowed: response Thing.note: was removed'],
  })
})

t.test('every change that breaks is named also where the version allows it: who reviews it sees what breaks', async (t) => {
  const changes = { [note]: undefined, '/paths/~1things/get/responses/400': undefined }
  const allowed = ['GET /things response 400: was removed', 'response Thing.note: was removed'].map((line) => `  allowed: ${line}`)
  const { ok, lines } = await checkContract(await folderWith(t, '0.2.0', changes))
  t.equal(ok, true)
  t.equal(lines[0], 'The contract breaks 0.1.0 2 times, as its version 0.2.0 says:')
  t.strictSame(lines.slice(1).sort(), allowed)
})

t.test('stale files, and nothing new, are refused without a word about versions', async (t) => {
  const stale = ['Stale: openapi/gateway.json. Renew with: pnpm generate']
  t.strictSame(await releaseContract(await folderWith(t, '0.2.0', colour), async () => stale), { ok: false, lines: stale })
  t.strictSame(await releaseContract(await folderWith(t, '0.1.0'), upToDate), {
    ok: false,
    lines: ['nothing changed since 0.1.0: there is nothing to release'],
  })
})

t.test('a version that is too low for what changed is refused, with the place of the version', async (t) => {
  const { ok, lines } = await releaseContract(await folderWith(t, '0.1.0', colour), upToDate)
  t.equal(ok, false)
  t.match(lines, ['0.1.0 is released: this one, with additions, is 0.1.1 at least, not 0.1.0', hint])
})

t.test('a release says what later changes are held to', async (t) => {
  const folder = await folderWith(t, '0.1.1', colour)
  t.strictSame(await releaseContract(folder, upToDate), {
    ok: true,
    lines: ['openapi/released/0.1.1 is what later changes are held to.'],
  })
  t.strictSame(await readdir(join(folder, 'released')), ['0.1.1'])
  t.strictSame(await checkContract(folder), { ok: true, lines: ['The contract holds to 0.1.1.'] })
})

t.test('without a release there is nothing to hold to', async (t) => {
  const folder = t.testdir({
    'gateway.json': JSON.stringify(exampleApi()),
    'asyncapi.yaml': stringify(exampleEvents()),
  })
  t.strictSame(await checkContract(folder), {
    ok: false,
    lines: ['nothing is released to hold the contract to: pnpm release:contract'],
  })
  t.equal((await releaseContract(folder, upToDate)).ok, true)
})
