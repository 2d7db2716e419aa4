import t from 'tap'
import { casesOf, changesSomething } from './cases/case.ts'
import type { Fault } from './cases/judge.ts'
import { listCasesOf, runListCase } from './cases/lists.ts'
import { ownCasesOf } from './cases/own-answers.ts'
import { runCase } from './cases/run-case.ts'
import { inParallel } from './system/in-parallel.ts'
import { makeWorld } from './system/make-world.ts'
import { changesBetween, takeSnapshot } from './system/snapshot.ts'
import { startSystem } from './system/start-system.ts'

t.setTimeout(600_000)

t.test('everyone gets what the matrix grants them and nothing else, through the gateway and straight at the services', async (t) => {
  const world = await makeWorld(await startSystem(t))
  const cases = casesOf(world)
  const quiet = cases.filter((case_) => !changesSomething(case_))
  const lists = listCasesOf(world)
  const own = ownCasesOf(world)
  const writing = cases.filter(changesSomething)

  const before = await takeSnapshot(world.system)
  const faults: Fault[] = [
    ...(await inParallel(own, ({ run }) => run())),
    ...(await inParallel(lists, (list) => runListCase(world, list))),
    ...(await inParallel(quiet, (case_) => runCase(world, case_))),
  ].flat()
  const written = changesBetween(before, await takeSnapshot(world.system))
  faults.push(...(await inParallel(writing, (case_) => runCase(world, case_))).flat())

  const textsOf = (kind: Fault['kind']) => faults.filter((fault) => fault.kind === kind).map(({ text }) => text)
  const leaks = [...textsOf('leak'), ...written]
  const wronglyRefused = textsOf('wronglyRefused')
  const count = cases.length + lists.length + own.length
  t.comment(`cases ${count}, leaks ${leaks.length}, wrongly refused ${wronglyRefused.length}`)
  t.comment(`of them refused or read ${quiet.length}, writing ${writing.length}, lists ${lists.length}`)
  t.same(leaks, [], 'nobody sees or changes what is not theirs; what is refused writes nothing')
  t.same(wronglyRefused, [], 'nobody is refused what is theirs')
  t.same(textsOf('otherReason'), [], 'whoever is refused is told the right reason')
  t.same(textsOf('untried'), [], 'every case was tried')
  t.ok(writing.length > 400 && quiet.length > 2_000 && lists.length > 1_000, 'the matrix was tried as a whole')
})
