import { existsSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'

const dataFolder = resolve('.data')

/** The live process that holds the data folder's lock, if there is one; a lock left by a dead process holds nothing. */
function lockHolder(lockFile: string): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(lockFile, 'utf8'))
    return Number.isInteger(pid) && isAlive(pid) ? pid : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  // The id may have gone to another program since: where /proc tells, only node counts.
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('node')
  } catch {
    return true
  }
}

async function confirmed(): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question(`Forget all data in ${dataFolder}? (y/N) `)
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}

async function reset(skipQuestion: boolean): Promise<string> {
  if (!existsSync(dataFolder)) return 'There is no data to forget.'
  const holder = lockHolder(join(dataFolder, 'lock'))
  if (holder !== undefined) throw new Error(`The system is running as process ${holder}: stop it first.`)
  if (!skipQuestion && process.stdin.isTTY !== true) throw new Error('There is no terminal to ask on: add --yes.')
  if (!skipQuestion && !(await confirmed())) return 'Nothing was changed.'
  await rm(dataFolder, { recursive: true })
  return 'All data is forgotten; the next start begins anew.'
}

try {
  const { values } = parseArgs({ options: { yes: { type: 'boolean', default: false } } })
  console.log(await reset(values.yes))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
