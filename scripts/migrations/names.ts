import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const wordsWithUnderscores = /^[a-z0-9]+(_[a-z0-9]+)+$/

/** What is wrong with a migration's name (without its number), or undefined: it has to say what the migration does. */
export function nameProblem(name: string): string | undefined {
  if (!wordsWithUnderscores.test(name)) return `'${name}' is not two or more lower-case words_with_underscores`
  if (isRandomName(name)) return `'${name}' is one of drizzle-kit's random names: name it for what it does`
  return undefined
}

let words: { adjectives: Set<string>; heroes: Set<string> } | undefined

/** drizzle-kit names an unnamed migration <adjective>_<hero>. */
function isRandomName(name: string): boolean {
  words ??= readRandomWords()
  const [adjective = '', ...rest] = name.split('_')
  return words.adjectives.has(adjective) && words.heroes.has(rest.join('_'))
}

// The lists are exported nowhere: they are read out of drizzle-kit's own file, so that they are always the installed version's.
function readRandomWords(): { adjectives: Set<string>; heroes: Set<string> } {
  const main = createRequire(import.meta.url).resolve('drizzle-kit')
  const program = readFileSync(join(dirname(main), 'bin.cjs'), 'utf8')
  return { adjectives: readWords(program, 'adjectives'), heroes: readWords(program, 'heroes') }
}

function readWords(program: string, variable: string): Set<string> {
  const list = new RegExp(`\\b${variable} = \\[([^\\]]*)\\]`).exec(program)?.[1] ?? ''
  const found = [...list.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? '')
  if (found.length === 0) throw new Error(`drizzle-kit no longer has a list named '${variable}': look where its random names come from now`)
  return new Set(found)
}
