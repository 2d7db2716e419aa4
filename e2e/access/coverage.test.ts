import { membersOf } from '@crm/openapi/json.ts'
import { nameIn, operationsOf, parametersOf } from '@crm/openapi/operations.ts'
import { publicApi } from '@crm/testing/responses/public-api.ts'
import t from 'tap'
import { lists } from './matrix/lists.ts'
import { gapsOf, matrix } from './matrix/matrix.ts'
import { replayRows } from './matrix/replays.ts'
import { table } from './matrix/table.ts'

t.test('every operation of the public API has a row in the access matrix, and every row its operation', async (t) => {
  t.same(gapsOf(matrix, publicApi()), [])
})

t.test('every operation that takes an Idempotency-Key is sent again by one who may not do it any more', async (t) => {
  const taking = operationsOf(publicApi()).filter((operation) =>
    parametersOf(operation, publicApi()).some((parameter) => parameter.in === 'header' && nameIn(parameter) === 'idempotency-key'),
  )
  t.same(replayRows.map(({ operation }) => operation).sort(), taking.map(({ definition }) => definition.operationId).sort())
})

t.test('every list is read record by record', async (t) => {
  const paged = operationsOf(publicApi()).filter((operation) => parametersOf(operation, publicApi()).some(({ name }) => name === 'limit'))
  t.same(
    Object.values(lists)
      .map(({ operation }) => operation)
      .sort(),
    paged.map(({ definition }) => definition.operationId).sort(),
  )
})

t.test('an operation without a row is named, and so is a row without an operation', async (t) => {
  const { '/v1/users/me/access': _, ...others } = Object.fromEntries(membersOf(publicApi().paths))
  const copied = { '/v1/leads/{leadId}/copy': { post: { operationId: 'copyLead', responses: {} } } }
  const document = { ...publicApi(), paths: { ...others, ...copied } }
  t.same(gapsOf(matrix, document), ['copyLead has no row', 'a row names getMyAccess, which is no operation'])
})

t.test('a table that leaves out a role, or the deleted and the unknown, is named', async (t) => {
  const expected = table(`
                  own  descendant  ancestor  sibling  foreign  inactive
    SYSTEM_ADMIN  ok   ok          ok        ok       ok       ok
    PARENT_ADMIN  ok   ok          not_found not_found not_found ok
  `)
  const gaps = gapsOf([...matrix, { operation: 'getLead', attempt: 'in part', on: 'lead', expected }], publicApi())
  t.same(gaps, ['getLead in part lacks the column unknown', 'getLead in part lacks CHILD_USER'])
})

t.test('a table is read as it stands, and misspellings in it are refused', async (t) => {
  const { outcome } = table(`
                  own  unknown
    SYSTEM_ADMIN  ok   not_found
  `)
  t.equal(outcome('SYSTEM_ADMIN', 'unknown'), 'not_found')
  t.equal(outcome('anonymous', 'own'), 'unauthenticated')
  t.throws(() => table('own\n SYSTEM_ADMIN okay'), /okay is no outcome/)
  t.throws(() => table('own unknown\n SYSTEM_ADMIN ok'), /1 cells for 2 columns/)
})
