import { isDeepStrictEqual } from 'node:util'
import { type Role, roles } from '../callers.ts'
import { type Answer, call, type EntryPoint, entryPoints } from '../system/call.ts'
import type { TestData } from '../system/make-test-data.ts'
import type { Place } from '../tree.ts'
import type { Fault } from './judge.ts'

/** What the access of each role at the middle company is: the companies around theirs. */
const access: Record<Role, { unrestricted: boolean; ancestors: Place[]; descendants: Place[] }> = {
  SYSTEM_ADMIN: { unrestricted: true, ancestors: [], descendants: [] },
  PARENT_ADMIN: {
    unrestricted: false,
    ancestors: ['root', 'upper'],
    descendants: ['child', 'grandchild', 'inactive', 'belowInactive'],
  },
  CHILD_USER: { unrestricted: false, ancestors: ['root', 'upper'], descendants: [] },
}

/** What `resolve` tells of the companies below the middle one's root, of all that are there. */
const belowRoot: Record<Role, Place[]> = {
  SYSTEM_ADMIN: ['upper', 'middle', 'child', 'grandchild', 'inactive', 'belowInactive', 'sibling', 'nephew', 'uncle'],
  PARENT_ADMIN: ['upper', 'middle', 'child', 'grandchild', 'inactive', 'belowInactive'],
  CHILD_USER: ['upper', 'middle'],
}

interface AccessAnswer {
  user: { id: string; role: string; companyId: string | null; isActive: boolean }
  sessionId: string
  unrestricted: boolean
  ancestorIds: string[]
  descendantIds: string[]
}

/** One question about the caller or the companies around them, and what is wrong with its answer. */
export interface OwnCase {
  name: string
  run(): Promise<Fault[]>
}

export function ownCasesOf(testData: TestData): OwnCase[] {
  return roles.flatMap((role) =>
    entryPoints.flatMap((entryPoint) => [
      { name: `the access of ${role}, ${entryPoint}`, run: () => compareAccess(testData, role, entryPoint) },
      { name: `the companies below the root, to ${role}, ${entryPoint}`, run: () => compareDescendants(testData, role, entryPoint) },
      { name: `a cursor of somebody else, to ${role}, ${entryPoint}`, run: () => tryForeignCursors(testData, role, entryPoint) },
    ]),
  )
}

async function compareAccess({ system, actors, maker }: TestData, role: Role, entryPoint: EntryPoint): Promise<Fault[]> {
  const { id, sessionId, companyPlace } = actors[role]
  const name = `the access of ${role}, ${entryPoint}`
  const url = entryPoint === 'gateway' ? system.gateway : system['user-service']
  const answer = await call(url, { method: 'GET', path: '/v1/users/me/access' }, actors[role], entryPoint)
  if (answer.status !== 200) return [notAnswered(name, answer)]
  const { ancestorIds, descendantIds, ...caller } = answer.body as AccessAnswer
  const { unrestricted, ancestors, descendants } = access[role]
  const companyId = role === 'SYSTEM_ADMIN' ? null : maker.companyId(companyPlace)
  const expected = { user: { id, role, companyId, isActive: true }, sessionId, unrestricted }
  return [
    ...(isDeepStrictEqual(caller, expected)
      ? []
      : [differs(name, { found: caller, expected, isMore: caller.unrestricted && !unrestricted })]),
    ...compareIds(`${name}, companies above`, ancestorIds, ancestors.map(maker.companyId)),
    ...compareIds(`${name}, companies below`, descendantIds, descendants.map(maker.companyId)),
  ]
}

async function compareDescendants({ system, actors, maker }: TestData, role: Role, entryPoint: EntryPoint): Promise<Fault[]> {
  const name = `the companies below the root, to ${role}, ${entryPoint}`
  const url = entryPoint === 'gateway' ? system.gateway : system['user-service']
  const asked = { method: 'POST', path: '/v1/companies/resolve', body: { ids: [maker.companyId('root')], includeDescendants: true } }
  const answer = await call(url, asked, actors[role], entryPoint)
  if (answer.status !== 200) return [notAnswered(name, answer)]
  const [company] = (answer.body as { data: { descendantIds: string[] }[] }).data
  return compareIds(name, company?.descendantIds ?? [], belowRoot[role].map(maker.companyId))
}

/** A page is continued for nobody but whom it was begun for. */
async function tryForeignCursors({ system, actors }: TestData, role: Role, entryPoint: EntryPoint): Promise<Fault[]> {
  const others = roles.filter((other) => other !== role)
  const paths = ['/v1/leads', '/v1/companies', '/v1/users']
  const faults = others.flatMap((other) =>
    paths.map(async (path) => {
      const url = entryPoint === 'gateway' ? system.gateway : system[path === '/v1/leads' ? 'crm-service' : 'user-service']
      const name = `${path} for ${role} from where ${other} had stopped, ${entryPoint}`
      const begun = await call(url, { method: 'GET', path: `${path}?limit=1&includeTotal=true` }, actors[other], entryPoint)
      if (begun.status !== 200) return notAnswered(name, begun)
      const { nextCursor, total } = (begun.body as { page: { nextCursor: string | null; total: number } }).page
      if (nextCursor === null) return total > 1 ? { kind: 'untried' as const, text: `${name}: there was no cursor` } : []
      const cursor = encodeURIComponent(nextCursor)
      const continued = await call(url, { method: 'GET', path: `${path}?limit=1&cursor=${cursor}` }, actors[role], entryPoint)
      return judgeContinued(name, continued)
    }),
  )
  return (await Promise.all(faults)).flat()
}

function judgeContinued(name: string, { status, body, text }: Answer): Fault[] {
  if (status < 300) return [{ kind: 'leak', text: `${name}: went on: ${text}` }]
  return Object(body).code === 'invalid_cursor' ? [] : [{ kind: 'otherReason', text: `${name}: was answered ${status}: ${text}` }]
}

function notAnswered(name: string, { status, text }: Answer): Fault {
  return { kind: 'wronglyRefused', text: `${name}: was answered ${status}: ${text}` }
}

function differs(name: string, { found, expected, isMore }: { found: unknown; expected: unknown; isMore: boolean }): Fault {
  return { kind: isMore ? 'leak' : 'otherReason', text: `${name}: is ${JSON.stringify(found)}, should be ${JSON.stringify(expected)}` }
}

/** Too many ids are a leak, too few a refusal; in which order they come says nothing. */
export function compareIds(name: string, found: string[], expected: string[]): Fault[] {
  const more = found.filter((id) => !expected.includes(id))
  const missing = expected.filter((id) => !found.includes(id))
  return [
    ...(more.length > 0 ? [{ kind: 'leak' as const, text: `${name}: tells of ${more.join(', ')}` }] : []),
    ...(missing.length > 0 ? [{ kind: 'wronglyRefused' as const, text: `${name}: lacks ${missing.join(', ')}` }] : []),
    ...(new Set(found).size < found.length ? [{ kind: 'otherReason' as const, text: `${name}: tells an id twice` }] : []),
  ]
}
