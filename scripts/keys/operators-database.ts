import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadDataFolder } from '../../services/all-in-one/src/config.ts'
import { loadKeySettings } from '../../services/user-service/src/config.ts'
import { CommandError } from '../dlq/errors.ts'
import { runningDatabase } from '../running-database.ts'

export interface OperatorsDatabase {
  url: string
  /** Throws a CommandError where none is known. */
  secret(): string
  /** The variable to look at when the database does not answer. */
  variable: 'DATABASE_URL' | 'DATA_DIR'
}

/** user-service's database and secret as the environment names them, else those of the system that runs on the data folder. */
export function operatorsDatabase(env: NodeJS.ProcessEnv): OperatorsDatabase {
  const { DATABASE_URL: url, SIGNING_KEY_SECRET: given } = loadKeySettings(env)
  if (url !== undefined) return { url, variable: 'DATABASE_URL', secret: () => given ?? missingSecret() }
  const folder = loadDataFolder(env)
  return {
    url: runningDatabase(folder, 'user_db', "set DATABASE_URL to name user-service's database"),
    variable: 'DATA_DIR',
    secret: () => given ?? readSecret(folder),
  }
}

function readSecret(folder: string): string {
  try {
    return readFileSync(join(folder, 'signing-key-secret'), 'utf8').trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error) return missingSecret()
    throw error
  }
}

function missingSecret(): never {
  throw new CommandError('SIGNING_KEY_SECRET (or SIGNING_KEY_SECRET_FILE) must be set as user-service has it')
}
