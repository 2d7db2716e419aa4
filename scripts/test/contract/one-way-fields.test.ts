import t from 'tap'
import { describeChange } from '../../contract/compatibility/change.ts'
import { eventChanges } from '../../contract/compatibility/event-changes.ts'
import { openApiChanges } from '../../contract/compatibility/openapi-changes.ts'
import { type Changes, changed } from './changed.ts'
import { exampleApi, exampleEvents } from './example-documents.ts'

const schemas = '/components/schemas'
const sent = `${schemas}/ThingCreate/properties`
const answered = `${schemas}/Thing/properties`
const size = { $ref: '#/components/schemas/Size' }

interface Case {
  name: string
  before?: Changes
  change: Changes
}

const breaking: (Case & { lines: string[] })[] = [
  {
    name: 'a field that was answered is only sent now',
    change: { [`${answered}/note/writeOnly`]: true },
    lines: ['response Thing.note: was removed'],
  },
  {
    name: 'the same of one that was always there',
    change: { [`${answered}/version/writeOnly`]: true },
    lines: ['response Thing.version: was removed'],
  },
  {
    name: 'a field that was sent is only answered now',
    change: { [`${sent}/weight/readOnly`]: true },
    lines: ['request ThingCreate.weight: is no longer taken'],
  },
  {
    name: 'a field is marked beside the reference to its component',
    change: { [`${sent}/size`]: { ...size, readOnly: true } },
    lines: ['request ThingCreate.size: is no longer taken'],
  },
  {
    name: 'a component is marked: where it is answered that changes nothing',
    change: { [`${schemas}/Size/readOnly`]: true },
    lines: ['request ThingCreate.size: is no longer taken'],
  },
  {
    name: 'a part of a field is marked',
    change: { [`${sent}/size`]: { allOf: [size, { readOnly: true }] } },
    lines: ['request ThingCreate.size: is no longer taken'],
  },
  {
    name: 'a required field that was only answered must be sent now',
    before: { [`${sent}/name/readOnly`]: true },
    change: { [`${sent}/name/readOnly`]: undefined },
    lines: ['request ThingCreate.name: is required now'],
  },
]

const compatible: Case[] = [
  { name: 'a field that is answered is only read', change: { [`${answered}/id/readOnly`]: true } },
  { name: 'a field that is sent is only written', change: { [`${sent}/weight/writeOnly`]: true } },
  {
    name: 'what is not taken is of another type',
    before: { [`${sent}/weight/readOnly`]: true },
    change: { [`${sent}/weight/type`]: 'string' },
  },
  {
    name: 'what was not answered is gone',
    before: { [`${answered}/note/writeOnly`]: true },
    change: { [`${answered}/note`]: undefined },
  },
  {
    name: 'what was not answered is answered',
    before: { [`${answered}/version/writeOnly`]: true },
    change: { [`${answered}/version/writeOnly`]: undefined },
  },
  { name: 'a mark that says no', change: { [`${sent}/weight/readOnly`]: false, [`${answered}/note/writeOnly`]: false } },
]

function linesOf({ before = {}, change }: Case): string[] {
  const first = changed(exampleApi(), before)
  return openApiChanges(first, changed(first, change)).map(describeChange)
}

t.test('a field that goes one way only is no field of the other way: marking it so removes it there', async (t) => {
  for (const one of breaking) t.strictSame(linesOf(one), one.lines, one.name)
})

t.test('in its own way it stays as it was', async (t) => {
  for (const one of compatible) t.strictSame(linesOf(one), [], one.name)
})

t.test('events go one way: there such marks say nothing', async (t) => {
  const payload = `${schemas}/ThingCreated/properties`
  const marked = changed(exampleEvents(), { [`${payload}/note/readOnly`]: true, [`${payload}/name/writeOnly`]: true })
  t.strictSame(eventChanges(exampleEvents(), marked), [])
})
