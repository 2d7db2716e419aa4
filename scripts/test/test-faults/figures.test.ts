import t from 'tap'
import { describeFigures, readFigures } from '../../test-faults/figures.ts'

const output = `TAP version 14
# Subtest: a relay killed
    # figure: relay killed, 4 times | lost 0, in 9 s
    ok 1 - nothing is lost
    1..1
ok 1 - a relay killed # time=9000ms

# Subtest: the database lost
    # a figure of speech
    # Subtest: restarted
        # figure: restarted | lost 0, attempts 201 | 503
        ok 1 - nothing is lost
        1..1
    ok 1 - restarted
    # Subtest: terminated
        # figure: terminated | lost 2
        not ok 1 - nothing is lost
        1..1
    not ok 2 - terminated
    1..2
not ok 2 - the database lost

1..2
`

t.test('each figure is found, however deep, and held when the test that printed it passed', async (t) => {
  t.strictSame(readFigures(output), [
    { fault: 'relay killed, 4 times', figures: 'lost 0, in 9 s', held: true },
    { fault: 'restarted', figures: 'lost 0, attempts 201 | 503', held: true },
    { fault: 'terminated', figures: 'lost 2', held: false },
  ])
})

t.test('a figure whose test did not come to its end did not hold', async (t) => {
  for (const end of ['    ok 1', '    1..1']) {
    const cut = output.slice(0, output.indexOf(end))
    t.strictSame(readFigures(cut), [{ fault: 'relay killed, 4 times', figures: 'lost 0, in 9 s', held: false }], `cut before ${end}`)
  }
  t.strictSame(readFigures(''), [])
})

t.test('the table names each fault, whether its guarantee held, and its figures', async (t) => {
  const table = describeFigures(readFigures(output))
  t.strictSame(table.split('\n'), [
    '| fault | held | figures |',
    '|---|---|---|',
    '| relay killed, 4 times | yes | lost 0, in 9 s |',
    '| restarted | yes | lost 0, attempts 201 \\| 503 |',
    '| terminated | NO | lost 2 |',
  ])
})
