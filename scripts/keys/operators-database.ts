import { loadKeySettings } from '../../services/user-service/src/config.ts'
import { CommandError } from '../command-line/errors.ts'
import type { Surroundings } from '../command-line/surroundings.ts'

export interface OperatorsDatabase {
  url: string
  /** Throws a CommandError where none is known. */
  secret(): string
  /** The variable to look at when the database does not answer. */
  variable: 'DATABASE_URL' | 'DATA_DIR'
}

/** user-service's database and secret as the environment names them, else those of the running system. */
export function operatorsDatabase({ env, findSystem }: Pick<Surroundings, 'env' | 'findSystem'>): OperatorsDatabase {
  const { DATABASE_URL: url, SIGNING_KEY_SECRET: given } = loadKeySettings(env)
  if (url !== undefined) return { url, variable: 'DATABASE_URL', secret: () => given ?? missingSecret() }
  if (findSystem === undefined) throw new CommandError("DATABASE_URL (or DATABASE_URL_FILE) must be set: it names user-service's database")
  const system = findSystem(env)
  return {
    url: system.databaseUrl('user_db', "set DATABASE_URL to name user-service's database"),
    variable: 'DATA_DIR',
    secret: () => given ?? system.signingKeySecret() ?? missingSecret(),
  }
}

function missingSecret(): never {
  throw new CommandError('SIGNING_KEY_SECRET (or SIGNING_KEY_SECRET_FILE) must be set as user-service has it')
}
