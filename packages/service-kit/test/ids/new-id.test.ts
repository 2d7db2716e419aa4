import t from 'tap'
import { newId } from '../../src/ids/new-id.ts'

t.test('ids are version 7, never repeat, and ascend', async (t) => {
  const ids = Array.from({ length: 10_000 }, newId)
  t.ok(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)))
  t.equal(new Set(ids).size, ids.length)
  t.strictSame(ids, [...ids].sort())
})
