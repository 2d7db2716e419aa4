import { existsSync } from 'node:fs'
import { readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { findHolder } from '@crm/local-processes/folder-lock.ts'
import { loadDataFolder } from '../services/all-in-one/src/config.ts'
import { lockDataFolder } from '../services/all-in-one/src/data-lock.ts'

// What the system makes in its data folder; DATA_DIR may name a folder with other things in it.
const madeByTheSystem = ['postgres', 'kafka', 'signing-key-secret']

async function confirmed(folder: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question(`Forget all data in ${folder}? (y/N) `)
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}

async function reset(folder: string, options: { skipQuestion: boolean }): Promise<string> {
  if (!existsSync(folder)) return 'There is no data to forget.'
  const holder = findHolder(folder)
  if (holder !== undefined) throw new Error(`The system is running as process ${holder}: stop it first.`)
  const broker = findHolder(join(folder, 'kafka'))
  if (broker !== undefined) throw new Error(`Kafka is running on this data as process ${broker}: stop it first.`)
  if (!options.skipQuestion && process.stdin.isTTY !== true) throw new Error('There is no terminal to ask on: add --yes.')
  if (!options.skipQuestion && !(await confirmed(folder))) return 'Nothing was changed.'
  // The system may have been started while the question was open, and must not be started while data goes.
  const release = lockDataFolder(folder)
  for (const name of madeByTheSystem) await rm(join(folder, name), { recursive: true, force: true })
  release()
  const kept = await readdir(folder)
  if (kept.length === 0) await rmdir(folder)
  const others = kept.length === 0 ? '' : ` Left in ${folder}, as it is none of the system's: ${kept.join(', ')}.`
  return `All data is forgotten; the next start begins anew.${others}`
}

try {
  const { values } = parseArgs({ options: { yes: { type: 'boolean', default: false } } })
  console.log(await reset(loadDataFolder(process.env), { skipQuestion: values.yes }))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
