import { call } from '../system/call.ts'
import type { World } from '../system/make-world.ts'
import { serviceFinder } from '../system/operations.ts'
import { type Case, changesSomething } from './case.ts'
import { prepare } from './fresh.ts'
import { type Fault, judge } from './judge.ts'

const serviceOf = serviceFinder()

/** Asks what a case asks, and says what is wrong with the answer. What an earlier leak has changed may stand in the way of trying. */
export async function runCase(world: World, case_: Case): Promise<Fault[]> {
  try {
    return await ask(world, case_)
  } catch (error) {
    return [{ kind: 'untried', text: `${case_.name}: ${error instanceof Error ? error.message : String(error)}` }]
  }
}

async function ask({ system, maker }: World, case_: Case): Promise<Fault[]> {
  const { caller, target } = changesSomething(case_) ? await prepare(maker, case_) : case_
  const { door, operation, row, kind } = case_
  const url = door === 'gateway' ? system.gateway : system[serviceOf(operation.path)]
  const path = operation.path.replace(/\{[^{}]+\}/, target.id) + (row.query === undefined ? '' : `?${row.query}`)
  const body = row.body?.({ target, caller, companyId: maker.companyId })
  const asked = { method: operation.method, path, ...(body && { body }), ...(row.ifMatch !== undefined && { ifMatch: row.ifMatch }) }
  const isNobody = kind === 'anonymous' || row.isOpen
  return judge(maker.records, { ...case_, caller, target }, await call(url, asked, isNobody ? undefined : caller, door))
}
