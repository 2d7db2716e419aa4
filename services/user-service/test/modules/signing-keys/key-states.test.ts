import t from 'tap'
import { withStates } from '../../../src/modules/signing-keys/key-states.ts'

const now = new Date('2026-01-31T12:00:00.000Z')
const at = (seconds: number) => ({ signsFrom: new Date(now.getTime() + seconds * 1000) })
const minutes = 60

const cases: [string, number[], string[]][] = [
  ['the only key signs', [-10], ['signing']],
  ['a key signs from its very moment', [0], ['signing']],
  ['a key that was published waits, and the one before it signs on', [-3600, 60], ['signing', 'waiting']],
  ['from its moment on the new key signs, and the old one is still published', [-3600, 0], ['verifying', 'signing']],
  ['for as long as a token of the old key may live, and a minute more', [-3600, -(16 * minutes - 1)], ['verifying', 'signing']],
  ['then it has ended', [-3600, -16 * minutes], ['ended', 'signing']],
  ['several old keys end in turn', [-9000, -5000, -100, 60], ['ended', 'verifying', 'signing', 'waiting']],
]
for (const [rule, signsFrom, expected] of cases) {
  t.test(rule, async (t) => {
    const states = withStates(signsFrom.map(at), now)
    t.same(
      states.map(({ state }) => state),
      expected,
    )
    t.equal(states.at(-1)?.endsAt, null)
  })
}

t.test('there may be no key yet', async (t) => t.same(withStates([], now), []))
