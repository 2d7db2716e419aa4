import { randomBytes, randomUUID } from 'node:crypto'
import { chmodSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The address that services know PostgreSQL by. */
const postgres = 'postgres:5432'

const makers: Record<string, () => string> = {
  postgres_password: secret,
  user_database_url: () => `postgres://user_service:${secret()}@${postgres}/user_db`,
  crm_database_url: () => `postgres://crm_service:${secret()}@${postgres}/crm_db`,
  signing_key_secret: secret,
  bootstrap_admin_password: secret,
}

export interface WrittenSecrets {
  made: string[]
  kept: string[]
}

/**
 * Makes a random secret in a file of its own for each that is not there yet; those that are stay as they are. The folder is its
 * owner's alone. The files in it may be read by everybody: containers get single ones of them, and run as users of other ids.
 */
export function writeSecrets(folder: string): WrittenSecrets {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  const written: WrittenSecrets = { made: [], kept: [] }
  for (const [name, make] of Object.entries(makers)) {
    const file = join(folder, name)
    written[createWhole(file, make()) ? 'made' : 'kept'].push(name)
    chmodSync(file, 0o444)
  }
  return written
}

// In a URL, too, each of its characters stands for itself.
function secret(): string {
  return randomBytes(32).toString('base64url')
}

// False when the file is there: of two runs at once neither replaces the other's. One that is cut short leaves no half of a secret, and
// a draft of another name than the next run's: in containers each may have the same process id.
function createWhole(file: string, text: string): boolean {
  const draft = `${file}.${randomUUID()}.draft`
  writeFileSync(draft, `${text}\n`, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft)
  }
}
