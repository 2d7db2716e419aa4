import t from 'tap'
import { findTestFiles } from '../../test-run/test-files.ts'

const own = 'scripts/test/test-run/test-files.test.ts'

t.test('without a selection every test file runs, and nothing from node_modules', async (t) => {
  const files = findTestFiles([])
  t.ok(files.includes(own))
  t.same(
    files.filter((file) => !file.endsWith('.test.ts') || file.includes('node_modules')),
    [],
  )
})

t.test('folders and files select, each test file once', async (t) => {
  t.same(findTestFiles([own, `./${own}`]), [own])
  const selected = findTestFiles(['scripts/test/test-run/', own])
  t.ok(selected.every((file) => file.startsWith('scripts/test/test-run/')))
  t.equal(selected.filter((file) => file === own).length, 1)
})

t.test('a selection without a test file is an error, also the beginning of a name', async (t) => {
  t.throws(() => findTestFiles([own, 'scripts/te']), { message: 'There is no test file at scripts/te' })
})
