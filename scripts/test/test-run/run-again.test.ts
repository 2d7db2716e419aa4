import { join, relative } from 'node:path'
import t, { type Test } from 'tap'
import { root } from '../../steps.ts'
import { addUp } from '../../test-run/results.ts'
import { mayRunAgain, runWithSecondChance } from '../../test-run/run-again.ts'

const sample = (name: string) => relative(root, join(import.meta.dirname, 'samples', `${name}.ts`))
const [passes, fails, failsOnce] = [sample('passes'), sample('fails'), sample('fails-once')]

/** Runs samples by tap itself. */
async function run(t: Test, files: string[]) {
  const lines: string[] = []
  const print = (line: string) => lines.push(line)
  const options = { files, environment: { SAMPLE_FOLDER: t.testdir() }, signal: new AbortController().signal, print }
  const { run, unsteady } = await runWithSecondChance(options)
  const { passed, failures } = addUp(run)
  const described = unsteady.map(({ file, name }) => `${file}: ${name}`)
  return {
    passed,
    failures: failures.map(({ file }) => file),
    unsteady: described,
    again: lines.some((line) => line.includes('runs again')),
  }
}

t.test('nothing runs again when all passes', async (t) => {
  t.same(await run(t, [passes]), { passed: 1, failures: [], unsteady: [], again: false })
})

t.test('a file that fails and then passes counts as it did then, and is told of', async (t) => {
  t.same(await run(t, [passes, failsOnce]), { passed: 2, failures: [], unsteady: [`${failsOnce}: it ran before`], again: true })
})

t.test('a file that fails both times fails, whatever others do', async (t) => {
  const unsteady = [`${failsOnce}: it ran before`]
  t.same(await run(t, [fails, failsOnce, passes]), { passed: 2, failures: [fails], unsteady, again: true })
})

t.test('when more than a few fail, it is not by chance', async (t) => {
  const failures = [fails, failsOnce, sample('ends-early'), sample('fails-too')]
  t.same(await run(t, [...failures, passes]), { passed: 1, failures, unsteady: [], again: false })
})

t.test('what is lost once is lost: a test of events or faults has no second chance, nor what fails beside it', async (t) => {
  t.equal(mayRunAgain(['sdk/test/retries.test.ts']), true)
  for (const file of ['e2e/faults/relay-killed.test.ts', 'packages/events/test/outbox/relay.test.ts'])
    t.equal(mayRunAgain(['sdk/test/retries.test.ts', file]), false, file)
})
