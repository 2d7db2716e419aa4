import { publicApi } from '@crm/testing/responses/public-api.ts'
import { matrix } from '../matrix/matrix.ts'
import type { Row, Target } from '../matrix/row.ts'
import { type CallerKind, type Outcome, outsiders, roles } from '../matrix/table.ts'
import type { Actor } from '../system/actors.ts'
import { type Door, doors } from '../system/call.ts'
import type { World } from '../system/make-world.ts'
import { type Operation, operationsOf } from '../system/operations.ts'
import { targetsIn } from './targets.ts'

/** One request, and what is to become of it. */
export interface Case {
  name: string
  row: Row
  operation: Operation
  kind: CallerKind
  /** Whose request it is; of somebody anonymous, whose records are asked for. */
  caller: Actor
  target: Target
  door: Door
  outcome: Outcome
}

/** Whether the case is to change something: it then has records of its own. */
export function changesSomething({ row, outcome }: Case): boolean {
  return row.writes === true && outcome === 'ok'
}

/** Every cell of the matrix, on every record of its column, for everyone. */
export function casesOf(world: World): Case[] {
  const operations = new Map(operationsOf(publicApi()).map((operation) => [operation.id, operation]))
  return matrix.flatMap((row) => {
    const operation = operations.get(row.operation)
    if (!operation) return []
    const ofRoles = roles.flatMap((kind) => row.expected.columns.flatMap((column) => casesIn(world, { row, operation, kind, column })))
    const columns = row.isOpen ? row.expected.columns : [row.expected.columns.includes('own') ? 'own' : (row.expected.columns[0] ?? '')]
    const ofOutsiders = outsiders.flatMap((kind) => columns.flatMap((column) => casesIn(world, { row, operation, kind, column })))
    return [...ofRoles, ...ofOutsiders]
  })
}

interface Cell {
  row: Row
  operation: Operation
  kind: CallerKind
  column: string
}

function casesIn(world: World, { row, operation, kind, column }: Cell): Case[] {
  const isAnonymous = kind === 'anonymous'
  if (isAnonymous && row.isOpen && row.on !== 'nothing') return []
  const caller = world.actors[isAnonymous ? 'CHILD_USER' : kind]
  const outcome = row.expected.outcome(kind, column)
  const targets = targetsIn(world, { on: row.on, column, caller })
  return targets.flatMap((target, n) =>
    doorsOf({ row, column, kind, outcome }, n).map((door) => ({
      name: nameOf({ row, kind, target, door }),
      ...{ row, operation, kind, caller, target, door, outcome },
    })),
  )
}

/**
 * Both for the first record of each column, one by turns for the others. One as well for what costs more: a password's hash for each case,
 * and the records of the SYSTEM_ADMIN, whom nothing limits.
 */
function doorsOf({ row, column, kind, outcome }: Omit<Cell, 'operation'> & { outcome: Outcome }, n: number): readonly Door[] {
  const takesHash = row.on === 'ownPassword' || row.operation === 'setUserPassword' || (row.on === 'user' && column === 'self')
  const isCostly = row.writes && outcome === 'ok' && (takesHash || kind === 'SYSTEM_ADMIN')
  if (n === 0 && !isCostly) return doors
  return (n + row.expected.columns.indexOf(column)) % 2 === 0 ? ['gateway'] : ['direct']
}

function nameOf({ row, kind, target, door }: Pick<Case, 'row' | 'kind' | 'target' | 'door'>): string {
  const what = [target.role, target.isActive === false && 'inactive', target.place && `of ${target.place}`].filter(Boolean).join(' ')
  const attempt = row.attempt === undefined ? '' : ` (${row.attempt})`
  return `${row.operation}${attempt} by ${kind} on ${target.column}${what && `, ${what}`}, ${door}`
}
