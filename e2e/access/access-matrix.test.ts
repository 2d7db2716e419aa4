import t, { type Test } from 'tap'
import { countAskedAgain } from '../come-again.ts'
import { casesOf, changesSomething } from './cases/case.ts'
import type { Fault } from './cases/judge.ts'
import { removeEachOther } from './cases/last-admin.ts'
import { listCasesOf, runListCase } from './cases/lists.ts'
import { ownCasesOf } from './cases/own-answers.ts'
import { losses, runReplays } from './cases/replays.ts'
import { runCase } from './cases/run-case.ts'
import { inParallel } from './system/in-parallel.ts'
import { makeTestData } from './system/make-test-data.ts'
import { changesBetween, takeSnapshot } from './system/snapshot.ts'
import { startSystem } from './system/start-system.ts'

t.setTimeout(600_000)

t.test('who may do what', async (t) => {
  const testData = await makeTestData(await startSystem(t))

  await t.test(
    'everyone gets what the matrix grants them and nothing else, through the gateway and straight at the services',
    async (t) => {
      const cases = casesOf(testData)
      const reading = cases.filter((case_) => !changesSomething(case_))
      const lists = listCasesOf(testData)
      const own = ownCasesOf(testData)
      const writing = cases.filter(changesSomething)

      const before = await takeSnapshot(testData.system)
      const faults: Fault[] = [
        ...(await inParallel(own, ({ run }) => run())),
        ...(await inParallel(lists, (list) => runListCase(testData, list))),
        ...(await inParallel(reading, (case_) => runCase(testData, case_))),
      ].flat()
      const written = changesBetween(before, await takeSnapshot(testData.system))
      faults.push(...(await inParallel(writing, (case_) => runCase(testData, case_))).flat())

      const count = cases.length + lists.length + own.length
      t.comment(`cases ${count}, of them refused or read ${reading.length}, writing ${writing.length}, lists ${lists.length}`)
      report(t, faults)
      t.same(written, [], 'what is refused writes nothing')
      t.ok(writing.length > 400 && reading.length > 2_000 && lists.length > 1_000, 'the matrix was tried as a whole')
    },
  )

  await t.test('the answer to an Idempotency-Key comes again for those alone who would get it anew', async (t) => {
    report(t, (await inParallel(losses, (loss) => runReplays(testData, loss), 2)).flat())
  })

  // The last: nobody but the two is a SYSTEM_ADMIN afterwards.
  await t.test('of two SYSTEM_ADMINs who remove each other at the same moment, one is always left', async (t) => {
    t.same(await removeEachOther(testData, 6), [])
  })

  t.comment(`answered 503 and sent again ${countAskedAgain()}`)
})

function report(t: Test, faults: readonly Fault[]): void {
  const textsOf = (kind: Fault['kind']) => faults.filter((fault) => fault.kind === kind).map(({ text }) => text)
  t.comment(`leaks ${textsOf('leak').length}, wrongly refused ${textsOf('wronglyRefused').length}`)
  t.same(textsOf('leak'), [], 'nobody sees or changes what is not theirs')
  t.same(textsOf('wronglyRefused'), [], 'nobody is refused what is theirs')
  t.same(textsOf('otherReason'), [], 'whoever is refused is told the right reason')
  t.same(textsOf('untried'), [], 'every case was tried')
}
