import { call } from '../system/call.ts'
import type { TestData } from '../system/make-test-data.ts'
import { serviceFinder } from '../system/operations.ts'
import { type Case, changesSomething } from './case.ts'
import { prepare } from './fresh.ts'
import { type Fault, judge } from './judge.ts'

const serviceOf = serviceFinder()

/** Asks what a case asks, and says what is wrong with the answer. What an earlier leak has changed may stand in the way of trying. */
export async function runCase(testData: TestData, case_: Case): Promise<Fault[]> {
  try {
    return await ask(testData, case_)
  } catch (error) {
    return [{ kind: 'untried', text: `${case_.name}: ${error instanceof Error ? error.message : String(error)}` }]
  }
}

async function ask({ system, maker }: TestData, case_: Case): Promise<Fault[]> {
  const { caller, target } = changesSomething(case_) ? await prepare(maker, case_) : case_
  const { entryPoint, operation, row, kind } = case_
  const url = entryPoint === 'gateway' ? system.gateway : system[serviceOf(operation.path)]
  const path = operation.path.replace(/\{[^{}]+\}/, target.id) + (row.query === undefined ? '' : `?${row.query}`)
  const body = row.body?.({ target, caller, companyId: maker.companyId })
  const asked = { method: operation.method, path, ...(body && { body }), ...(row.ifMatch !== undefined && { ifMatch: row.ifMatch }) }
  const isNobody = kind === 'anonymous' || row.isOpen
  return judge(maker.records, { ...case_, caller, target }, await call(url, asked, isNobody ? undefined : caller, entryPoint))
}
