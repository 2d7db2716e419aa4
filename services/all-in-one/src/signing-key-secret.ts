import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '@crm/service-kit/shutdown/start-error.ts'

const fileName = 'signing-key-secret'

/**
 * The secret that encrypts the signing keys in a data folder: made at the first start, and kept beside the data in a file that nobody
 * else may read. Whoever calls holds the folder's lock.
 */
export function signingKeySecret(dataDir: string): string {
  const kept = readSigningKeySecret(dataDir)
  if (kept !== undefined) return kept
  const secret = randomBytes(32).toString('base64url')
  const file = join(dataDir, fileName)
  // Renamed when it is whole: a start that is cut short leaves no half of it.
  writeFileSync(`${file}.draft`, secret, { mode: 0o600 })
  renameSync(`${file}.draft`, file)
  return secret
}

/** The secret in a data folder; undefined where none was made. Throws a StartError when it is damaged or cannot be read. */
export function readSigningKeySecret(dataDir: string): string | undefined {
  const file = join(dataDir, fileName)
  const kept = readIfThere(file)
  if (kept !== undefined && kept.length < 32)
    throw new StartError(`${file} holds no secret of 32 characters: put the old one back, or forget the data: pnpm reset`)
  return kept
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new StartError(`${file} cannot be read: it encrypts the signing keys of this data`, { cause })
  }
}
