import t from 'tap'
import { changesBetween, isEmpty, momentAfter } from '../../src/records/changes.ts'

const record = { name: 'Ada', phone: '1' as string | null, isActive: true }
const updates: [string, Partial<typeof record>, object][] = [
  ['another value is a change', { name: 'Eva' }, { name: { from: 'Ada', to: 'Eva' } }],
  ['the same value is none', { name: 'Ada', isActive: true }, {}],
  ['null and false are values', { phone: null, isActive: false }, { phone: { from: '1', to: null }, isActive: { from: true, to: false } }],
  ['what the update leaves out stays', {}, {}],
  ['of several fields those that change are named', { name: 'Eva', phone: '1' }, { name: { from: 'Ada', to: 'Eva' } }],
]
for (const [what, update, expected] of updates) {
  t.test(what, async (t) => {
    const changes = changesBetween(record, update)
    t.strictSame(changes, expected)
    t.equal(isEmpty(changes), Object.keys(expected).length === 0)
  })
}

t.test('a change is later than the one before it, whatever the clock says', async (t) => {
  const ahead = new Date(Date.now() + 60_000)
  t.equal(momentAfter(ahead).getTime(), ahead.getTime() + 1)
  const before = Date.now()
  const moment = momentAfter(new Date(0)).getTime()
  t.ok(moment >= before && moment <= Date.now())
})
