// Plays one case in a process of its own, where a crash or an unhandled rejection shows, and prints what came out as JSON.
import * as cases from './cases.ts'

const [name = '', url = ''] = process.argv.slice(2)
const play = Object.entries(cases).find(([candidate]) => candidate === name)?.[1]
if (play === undefined) throw new Error(`No such case: ${name}`)
process.stdout.write(`\n${JSON.stringify(await play(url))}\n`)
if (!process.argv.includes('--ends-by-itself')) process.exit()
