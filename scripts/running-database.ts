import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { superuser } from '@crm/embedded-postgres/data-folder.ts'
import { findHolder } from '../services/all-in-one/src/data-lock.ts'
import { CommandError } from './dlq/errors.ts'

/**
 * The connection string of a database of the system that runs on the data folder. Throws a CommandError when none runs; `otherwise` says
 * what to set to name another one.
 */
export function runningDatabase(folder: string, database: string, otherwise: string): string {
  if (findHolder(folder) === undefined) throw new CommandError(`no system runs on ${folder}: ${otherwise}, or start the system: pnpm start`)
  try {
    const password = readFileSync(join(folder, 'postgres', 'password'), 'utf8')
    // The server's lock file: process id, data folder, start time, port.
    const port = Number(readFileSync(join(folder, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[3])
    if (Number.isInteger(port) && port > 0) return `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}`
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    if (error.code !== 'ENOENT')
      throw new CommandError(`${database} in ${folder} cannot be read (${error.code}): run as the user who started it`)
  }
  throw new CommandError(`the system on ${folder} is starting or stopping: try again in a moment`)
}
