import t from 'tap'
import type { Case } from './cases/case.ts'
import { judge } from './cases/judge.ts'
import { compareIds } from './cases/own-answers.ts'
import { matrix } from './matrix/matrix.ts'
import type { Outcome } from './matrix/table.ts'
import type { Actor } from './system/actors.ts'
import { createRecords } from './system/records.ts'

const caller: Actor = {
  ...{ id: 'a caller', email: 'caller@example.com', password: '', role: 'CHILD_USER', companyPlace: 'middle' },
  ...{ kind: 'CHILD_USER', token: '', refreshToken: '', sessionId: 'a session' },
}

/** How it counts that an answer with a code came where another outcome was expected. */
function kindsOf(outcome: Outcome, status: number, code: string): string[] {
  const row = matrix.find(({ operation }) => operation === 'getLead')
  if (!row) throw new Error('the matrix has no row for getLead')
  const operation = { id: 'getLead', method: 'GET', path: '/v1/leads/{leadId}' }
  const target = { column: 'foreign', id: 'a lead', place: null }
  const case_: Case = { name: 'it', row, operation, kind: 'CHILD_USER', caller, target, entryPoint: 'direct', outcome }
  const body = status < 300 ? { id: 'a lead' } : { code }
  return judge(createRecords(), case_, { status, headers: new Headers(), text: JSON.stringify(body), body }).map(({ kind }) => kind)
}

t.test('an answer that shows or tells more than it may is a leak; one that says nothing of the record is not', async (t) => {
  t.same(kindsOf('not_found', 404, 'not_found'), [])
  t.same(kindsOf('not_found', 200, ''), ['leak'])
  t.same(kindsOf('not_found', 403, 'forbidden'), ['leak'], 'it tells that the record is there')
  t.same(kindsOf('not_found', 503, 'dependency_unavailable'), ['otherReason'])
  t.same(kindsOf('forbidden', 404, 'not_found'), ['otherReason'])
  t.same(kindsOf('ok', 404, 'not_found'), ['wronglyRefused'])
})

t.test('ids that are too many are a leak, ids that are missing a refusal, and their order is neither', async (t) => {
  const kinds = (found: string[], expected: string[]) => compareIds('it', found, expected).map(({ kind }) => kind)
  t.same(kinds(['b', 'a'], ['a', 'b']), [])
  t.same(kinds(['a', 'b'], ['a']), ['leak'])
  t.same(kinds(['a'], ['a', 'b']), ['wronglyRefused'])
  t.same(kinds(['a', 'c'], ['a', 'b']), ['leak', 'wronglyRefused'])
  t.same(kinds(['a', 'a'], ['a']), ['otherReason'])
})
