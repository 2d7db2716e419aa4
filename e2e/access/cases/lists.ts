import { lists, passedOver } from '../matrix/lists.ts'
import type { Actor } from '../system/actors.ts'
import { type EntryPoint, entryPoints } from '../system/call.ts'
import type { TestData } from '../system/make-test-data.ts'
import type { KnownRecord } from '../system/records.ts'
import { type Place, parents, places, placesAbove } from '../tree.ts'
import { type Fault, unreadableIn } from './judge.ts'
import { readList } from './read-list.ts'
import { mayRead } from './visibility.ts'

/** One way to read a list, and the records that it shows to somebody. */
export interface ListCase {
  name: string
  path: string
  service: 'user-service' | 'crm-service'
  query: string
  reader: Actor
  entryPoint: EntryPoint
  expected: KnownRecord[]
}

type ListKind = keyof typeof lists

/** Every list to everyone who asks: whole, in all orders, in pages, searched, and by each company; to the further readers through one entry point, in alternation. */
export function listCasesOf(testData: TestData): ListCase[] {
  const { SYSTEM_ADMIN, PARENT_ADMIN, CHILD_USER } = testData.actors
  return [
    ...[SYSTEM_ADMIN, PARENT_ADMIN, CHILD_USER].flatMap((reader) =>
      entryPoints.flatMap((entryPoint) => casesOfReader(testData, reader, entryPoint)),
    ),
    ...testData.listReaders.flatMap((reader, n) => casesOfReader(testData, reader, n % 2 === 0 ? 'gateway' : 'direct')),
  ]
}

function casesOfReader(testData: TestData, reader: Actor, entryPoint: EntryPoint): ListCase[] {
  const kinds: ListKind[] = ['lead', 'company', 'user', 'session']
  return kinds.flatMap((kind) => {
    const { service, path, queries } = lists[kind]
    const readable = testData.maker.records.all(kind).filter((record) => mayRead(reader, record) && isLive(testData, record))
    const found = [
      ...queries.map((query) => ({ query, expected: readable })),
      ...filtersOf(testData, kind).map(({ query, keeps, within }) => ({
        query,
        expected: within === undefined || isInScope(testData, { kind, reader, place: within }) ? readable.filter(keeps) : [],
      })),
    ]
    return found.map(({ query, expected }) => ({
      name: `${path}?${query} to ${reader.role} of ${reader.companyPlace}, ${entryPoint}`,
      ...{ path, service, query, reader, entryPoint, expected: withoutFirst(query, expected) },
    }))
  })
}

// Which records an offset passes over depends on the order; how many does not.
function withoutFirst(query: string, expected: KnownRecord[]): KnownRecord[] {
  return query.startsWith('offset') ? expected.slice(0, Math.max(0, expected.length - passedOver)) : expected
}

interface Filter {
  query: string
  keeps(record: KnownRecord): boolean
  /** A filter for this company shows nothing to those outside whose scope it is. */
  within?: Place
}

function filtersOf({ maker }: TestData, kind: ListKind): Filter[] {
  const { records, companyId } = maker
  const searchable = kind === 'lead' || kind === 'company' ? records.all(kind) : []
  const oneOfEachPlace = searchable.filter(({ place }, n) => searchable.findIndex((other) => other.place === place) === n)
  const searched = oneOfEachPlace.map(({ mark = '', id }): Filter => ({ query: `q=${mark}`, keeps: (record) => record.id === id }))
  if (kind === 'session') return []
  const ofPlaces = places.flatMap((place): Filter[] => {
    const id = companyId(place)
    if (kind === 'company')
      return [{ query: `parentId=${id}`, keeps: (record) => record.place !== null && parents[record.place] === place }]
    const isBelow = (record: KnownRecord) => record.place !== null && placesAbove(record.place).includes(place)
    return [
      { query: `companyId=${id}`, keeps: (record) => record.place === place },
      {
        query: `companyId=${id}&includeDescendants=true`,
        keeps: (record) => record.place === place || isBelow(record),
        within: place,
      },
    ]
  })
  return [...searched, ...ofPlaces]
}

/** Whether a company's records of a kind are somebody's to read; one's own company is, though a CHILD_USER finds but themselves there. */
function isInScope({ maker }: TestData, { kind, reader, place }: { kind: ListKind; reader: Actor; place: Place }): boolean {
  if (reader.role !== 'SYSTEM_ADMIN' && place === reader.companyPlace) return true
  return maker.records.all(kind).some((record) => record.place === place && record.id !== reader.id && mayRead(reader, record))
}

function isLive({ endedSessions, actors }: TestData, { kind, id }: KnownRecord): boolean {
  return kind !== 'session' || ![...endedSessions.values(), actors.deactivated.sessionId].includes(id)
}

/** Reads a list as a case says and compares what it shows: nothing more, nothing less, nothing twice. */
export async function runListCase(
  testData: TestData,
  { name, path, service, query, reader, entryPoint, expected }: ListCase,
): Promise<Fault[]> {
  const { system, maker } = testData
  const url = entryPoint === 'gateway' ? system.gateway : system[service]
  const { ids, total, text, problems } = await readList(url, { path, query, reader, entryPoint })
  const fault = (kind: Fault['kind'], what: string): Fault => ({ kind, text: `${name}: ${what}` })
  const hidden = unreadableIn(maker.records, text, { reader, asked: query }).map((what) => fault('leak', `the list ${what}`))
  const faults = [...problems.map((what) => fault('wronglyRefused', what)), ...hidden]
  if (new Set(ids).size !== ids.length) faults.push(fault('otherReason', 'a record is shown twice'))
  if (query.startsWith('offset')) {
    if (ids.length !== expected.length) faults.push(fault('wronglyRefused', `shows ${ids.length} records of ${expected.length}`))
    return faults
  }
  const wanted = new Set(expected.map(({ id }) => id))
  const more = ids.filter((id) => !wanted.has(id))
  const missing = expected.filter(({ id }) => !ids.includes(id))
  if (more.length > 0) faults.push(fault('leak', `shows ${more.length} records too many`))
  if (missing.length > 0)
    faults.push(fault('wronglyRefused', `lacks ${missing.map(({ kind, place }) => `a ${kind} of ${place}`).join(', ')}`))
  if (problems.length === 0 && total !== expected.length) {
    const isMore = total !== undefined && total > expected.length
    faults.push(fault(isMore ? 'leak' : 'wronglyRefused', `counts ${total} records, not ${expected.length}`))
  }
  return faults
}
