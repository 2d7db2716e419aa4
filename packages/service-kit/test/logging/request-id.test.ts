import t from 'tap'
import { requestIdFrom } from '../../src/logging/request-id.ts'

const uuidv7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

t.test('a safe request id of the caller is kept', async (t) => {
  for (const id of ['a', 'A-1._:z', '0199c0de-0000-7000-8000-000000000000', 'x'.repeat(128)]) t.equal(requestIdFrom(id), id)
})

t.test('any other is replaced by a new UUIDv7', async (t) => {
  for (const id of [undefined, '', 'x'.repeat(129), 'a b', 'a\n', 'a\r\nx: y', 'ü', 'a,b', '<a>', ['a'], ['a', 'b']]) {
    t.match(requestIdFrom(id), uuidv7)
  }
  t.not(requestIdFrom(undefined), requestIdFrom(undefined))
})
