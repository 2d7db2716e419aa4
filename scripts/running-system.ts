import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findHolder } from '@crm/local-processes/folder-lock.ts'
import { superuser } from '../packages/embedded-postgres/src/data-folder.ts'
import { loadDataFolder } from '../services/all-in-one/src/config.ts'
import { readSigningKeySecret } from '../services/all-in-one/src/signing-key-secret.ts'
import { CommandError } from './command-line/errors.ts'

/** The system that `pnpm start` runs on a data folder. */
export interface RunningSystem {
  /**
   * The superuser's connection string for one of its databases. Throws a CommandError when no system runs; `otherwise` says what to set to
   * name another database.
   */
  databaseUrl(database: string, otherwise: string): string
  /** The secret that it made; undefined where it was given one. */
  signingKeySecret(): string | undefined
}

/** The system on the data folder that the environment names. Throws one ConfigError when DATA_DIR is no folder's name. */
export function runningSystem(env: NodeJS.ProcessEnv): RunningSystem {
  const folder = loadDataFolder(env)
  return {
    databaseUrl(database, otherwise) {
      if (findHolder(folder) === undefined)
        throw new CommandError(`no system runs on ${folder}: ${otherwise}, or start the system: pnpm start`)
      return runningDatabase(folder, database)
    },
    signingKeySecret: () => readSigningKeySecret(folder),
  }
}

function runningDatabase(folder: string, database: string): string {
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
