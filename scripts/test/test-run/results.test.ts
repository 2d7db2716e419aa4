import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readRun } from '../../test-run/read-run.ts'
import { describeFailure, describeTotals } from '../../test-run/report.ts'
import { addUp, type TapRun } from '../../test-run/results.ts'

// Output of real runs, made with a timeout of 3 s.
const fixtures = join(import.meta.dirname, 'fixtures')

function fixture(name: string): string {
  return readFileSync(join(fixtures, `${name}.tap`), 'utf8')
}

function nameOf(file: string): string {
  return file.replace('packages/example/test/', '').replace('.test.ts', '')
}

function wholeRun(): TapRun {
  const names = readdirSync(fixtures)
    .map((name) => name.replace('.tap', ''))
    .filter((name) => name !== 'whole-run')
  const said = readRun()
  said.parser.end(fixture('whole-run'))
  const outputs = new Map(names.map((name) => [`packages/example/test/${name}.test.ts`, fixture(name)]))
  return { files: [...outputs.keys()], outputs, verdicts: said.verdicts, bailout: said.bailout(), exitCode: 1 }
}

/** The same run, as if only this file had been in it. */
function runOf(name: string, changes: Partial<TapRun> = {}): TapRun {
  const run = wholeRun()
  return { ...run, files: run.files.filter((file) => nameOf(file) === name), exitCode: 0, ...changes }
}

function failureNames(run: TapRun): string[] {
  return addUp(run).failures.map((failure) => failure.name)
}

t.test('assertions are counted, not the tests around them', async (t) => {
  t.same(addUp(runOf('passing')), { passed: 5, skipped: 0, failures: [] })
})

t.test('a failing assertion is named by its file and every test around it, with its difference', async (t) => {
  const { passed, failures } = addUp(runOf('failing', { exitCode: 1 }))
  t.equal(passed, 1)
  t.same(
    failures.map((failure) => failure.name),
    ['a lead is qualified > once > exactly one event', 'a lead is qualified > once > should be equivalent', 'throws > boom: it broke'],
  )
  const [first] = failures
  if (first === undefined) throw new Error('there is no failure')
  const text = describeFailure(first)
  t.match(text, /^FAIL packages\/example\/test\/failing\.test\.ts\n {2}a lead is qualified > once > exactly one event\n/)
  t.match(text, 'at packages/example/test/failing.test.ts:4:41')
  t.match(text, /diff:\n {6}--- expected\n {6}\+\+\+ actual\n/)
})

t.test('a file in which no assertion ran fails, however it came to that', async (t) => {
  for (const name of ['no-assertions', 'no-tap', 'empty-test']) t.same(failureNames(runOf(name)), ['no assertion ran'], name)
})

t.test('what is skipped with a reason or still to do is counted and does not fail', async (t) => {
  t.same(addUp(runOf('todo-and-skip')), { passed: 1, skipped: 4, failures: [] })
  t.same(addUp(runOf('all-skipped')), { passed: 0, skipped: 1, failures: [] })
  t.same(addUp(runOf('skipped-file')), { passed: 0, skipped: 1, failures: [] })
})

t.test('a file that crashes, is killed or runs out of time fails by name', async (t) => {
  t.same(failureNames(runOf('crash-at-import')), ['ended with exit code 1: its error output is above'])
  t.same(failureNames(runOf('killed')), ['was ended by SIGKILL'])
  t.same(failureNames(runOf('timeout')), ['hangs > timeout!'])
})

t.test('a file that ran out of time before it said so is named all the same', async (t) => {
  const file = 'packages/example/test/timeout.test.ts'
  const verdicts = [{ file: 'timeout!', ok: false, diag: { expired: file }, duration: 0 }]
  t.same(failureNames(runOf('timeout', { outputs: new Map(), verdicts })), ['ran out of time'])
})

t.test('a file that tap never reported fails unless its output is whole', async (t) => {
  t.same(failureNames(runOf('passing', { verdicts: [] })), [])
  t.same(failureNames(runOf('killed', { verdicts: [] })), ['did not run to its end'])
  t.same(failureNames(runOf('passing', { outputs: new Map(), verdicts: [] })), ['did not run to its end'])
})

t.test('a run that tap gave up or failed has a failure even when no file has one', async (t) => {
  t.same(failureNames(runOf('passing', { exitCode: 2 })), ['ended with exit code 2'])
  t.same(failureNames(runOf('passing', { bailout: 'no database', exitCode: 1 })), ['bailed out: no database'])
})

t.test('a bail-out is read from what tap says', async (t) => {
  const said = readRun()
  said.parser.end('TAP version 14\n1..4\nBail out! no database\n')
  t.equal(said.bailout(), 'no database')
})

t.test('the last line counts what passed, failed and, if anything was, what was skipped or unsteady', async (t) => {
  t.equal(describeTotals({ passed: 5, failed: 0, skipped: 0 }), '5 passed, 0 failed')
  t.equal(describeTotals({ passed: 5, failed: 1, skipped: 2 }), '5 passed, 1 failed, 2 skipped')
  t.equal(describeTotals({ passed: 5, failed: 0, skipped: 0, unsteady: 1 }), '5 passed, 0 failed, 1 unsteady')
})
