import { globSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { root } from '../steps.ts'

const patterns = ['packages/**/*.test.ts', 'services/**/*.test.ts', 'sdk/**/*.test.ts', 'scripts/**/*.test.ts', 'e2e/**/*.test.ts']

/** The test files under the selected folders, or all of them, from the root and sorted. Throws when a selection matches none. */
export function findTestFiles(selection: string[]): string[] {
  const all = globSync(patterns, { cwd: root, exclude: (name) => name.split('/').includes('node_modules') }).sort()
  if (selection.length === 0) return all
  const matches = selection.map((argument) => {
    const wanted = relative(root, resolve(argument))
    const matching = all.filter((file) => wanted === '' || file === wanted || file.startsWith(`${wanted}/`))
    if (matching.length === 0) throw new Error(`There is no test file at ${argument}`)
    return matching
  })
  return [...new Set(matches.flat())].sort()
}
