import { type Role, roles } from '../matrix/table.ts'
import { call, type Door, doors } from '../system/call.ts'
import type { World } from '../system/make-world.ts'
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

export function ownCasesOf(world: World): OwnCase[] {
  return roles.flatMap((role) =>
    doors.flatMap((door) => [
      { name: `the access of ${role}, ${door}`, run: () => compareAccess(world, role, door) },
      { name: `the companies below the root, to ${role}, ${door}`, run: () => compareDescendants(world, role, door) },
      { name: `a cursor of somebody else, to ${role}, ${door}`, run: () => tryForeignCursors(world, role, door) },
    ]),
  )
}

async function compareAccess({ system, actors, maker }: World, role: Role, door: Door): Promise<Fault[]> {
  const { id, sessionId, seat } = actors[role]
  const url = door === 'gateway' ? system.gateway : system['user-service']
  const { body } = await call(url, { method: 'GET', path: '/v1/users/me/access' }, actors[role], door)
  const { unrestricted, ancestors, descendants } = access[role]
  const companyId = role === 'SYSTEM_ADMIN' ? null : maker.companyId(seat)
  const expected: AccessAnswer = {
    user: { id, role, companyId, isActive: true },
    ...{ sessionId, unrestricted },
    ancestorIds: ancestors.map(maker.companyId),
    descendantIds: descendants.map(maker.companyId).toSorted(),
  }
  return differing(`the access of ${role}, ${door}`, body, expected)
}

async function compareDescendants({ system, actors, maker }: World, role: Role, door: Door): Promise<Fault[]> {
  const url = door === 'gateway' ? system.gateway : system['user-service']
  const ids = [maker.companyId('root')]
  const asked = { method: 'POST', path: '/v1/companies/resolve', body: { ids, includeDescendants: true } }
  const { body } = await call(url, asked, actors[role], door)
  const [company] = (body as { data: { descendantIds: string[] }[] }).data
  const expected = belowRoot[role].map(maker.companyId).toSorted()
  return differing(`the companies below the root, to ${role}, ${door}`, company?.descendantIds, expected)
}

/** A page of one who sees more is not continued for one who sees less. */
async function tryForeignCursors({ system, actors }: World, role: Role, door: Door): Promise<Fault[]> {
  const others = roles.filter((other) => other !== role)
  const paths = ['/v1/leads', '/v1/companies', '/v1/users']
  const found = await Promise.all(
    others.flatMap((other) =>
      paths.map(async (path): Promise<Fault[]> => {
        const url = door === 'gateway' ? system.gateway : system[path === '/v1/leads' ? 'crm-service' : 'user-service']
        const { body } = await call(url, { method: 'GET', path: `${path}?limit=1` }, actors[other], door)
        const { nextCursor } = (body as { page: { nextCursor: string | null } }).page
        if (nextCursor === null) return []
        const cursor = encodeURIComponent(nextCursor)
        const { status, text } = await call(url, { method: 'GET', path: `${path}?limit=1&cursor=${cursor}` }, actors[role], door)
        return status === 400 ? [] : [{ kind: 'leak', text: `${path} went on for ${role} where ${other} had stopped: ${status} ${text}` }]
      }),
    ),
  )
  return found.flat()
}

function differing(name: string, found: unknown, expected: unknown): Fault[] {
  const [is, shouldBe] = [found, expected].map((value) => JSON.stringify(value))
  return is === shouldBe ? [] : [{ kind: 'leak', text: `${name}: is ${is}, should be ${shouldBe}` }]
}
