import t from 'tap'
import { type CursorBinding, decodeCursor, encodeCursor } from '../../src/paging/cursor.ts'

const binding: CursorBinding = { orderBy: '-createdAt', filters: { status: 'NEW', q: undefined }, callerId: 'caller' }
const position = { key: '2026-01-31T09:30:00.000Z', id: '01980000-0000-7000-8000-000000000001' }
const cursor = encodeCursor(position, binding)
const invalid = { name: 'AppError', code: 'invalid_cursor', status: 400 }

t.test('a cursor gives back the position it was made from', async (t) => {
  t.strictSame(decodeCursor(cursor, binding), position)
  const awkward = { ...position, key: '"Ünï" \\ [😀]\n' }
  t.strictSame(decodeCursor(encodeCursor(awkward, binding), binding), awkward)
})

t.test('a cursor is safe in a query string as it is', async (t) => {
  t.equal(encodeURIComponent(encodeCursor({ ...position, key: '???>>>' }, binding)), encodeCursor({ ...position, key: '???>>>' }, binding))
})

t.test('filters that are not set and their order do not matter', async (t) => {
  t.strictSame(decodeCursor(cursor, { ...binding, filters: { companyId: undefined, status: 'NEW' } }), position)
  const two = encodeCursor(position, { ...binding, filters: { a: 1, b: 2 } })
  t.strictSame(decodeCursor(two, { ...binding, filters: { b: 2, a: 1 } }), position)
})

const others: [string, CursorBinding][] = [
  ['another order', { ...binding, orderBy: 'createdAt' }],
  ['another field', { ...binding, orderBy: '-updatedAt' }],
  ['another filter value', { ...binding, filters: { status: 'QUALIFIED' } }],
  ['a filter more', { ...binding, filters: { status: 'NEW', q: 'ada' } }],
  ['a filter less', { ...binding, filters: {} }],
  ['another caller', { ...binding, callerId: 'other' }],
]
for (const [what, other] of others) {
  t.test(`a cursor is refused with ${what}`, async (t) => {
    t.throws(() => decodeCursor(cursor, other), invalid)
  })
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const bound = (JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[])[2]
const garbage: [string, string][] = [
  ['an empty text', ''],
  ['no base64', '!!!'],
  ['no JSON', Buffer.from('nonsense').toString('base64url')],
  ['no array', encode({ key: position.key })],
  ['null', encode(null)],
  ['an empty array', encode([])],
  ['a key that is no text', encode([5, position.id, bound])],
  ['an id that is no UUID', encode([position.key, "1' or true", bound])],
  ['a key with NUL', encode(['a\0', position.id, bound])],
  ['a key with a lone surrogate', encode(['\ud800', position.id, bound])],
  ['no digest', encode([position.key, position.id])],
  ['characters after its end', `${cursor}!`],
  ['padding', `${cursor}====`],
]
for (const [what, text] of garbage) {
  t.test(`${what} is no cursor`, async (t) => {
    t.throws(() => decodeCursor(text, binding), invalid)
  })
}

t.test('a cursor cut short anywhere is refused', async (t) => {
  for (let length = 0; length < cursor.length; length++) t.throws(() => decodeCursor(cursor.slice(0, length), binding), invalid)
})
