import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

interface Parameters {
  /** KiB. */
  memory: number
  passes: number
  parallelism: number
}

// OWASP's recommendation for argon2id: 19 MiB of memory, two passes, one lane.
const current: Parameters = { memory: 19_456, passes: 2, parallelism: 1 }
const tagLength = 32
const phc = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

const derive = promisify(argon2)

/** Hashes a password with argon2id and a salt of its own, as a PHC string. Takes some 50 ms of a thread of the pool. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16)
  const { memory, passes, parallelism } = current
  const tag = await derive('argon2id', { message: password, nonce, ...current, tagLength })
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpaddedBase64(nonce)}$${unpaddedBase64(tag)}`
}

/** Whether it is the password of a hash, by the parameters that the hash was made with. Throws for what is no hash. */
export async function matchesPassword(password: string, hash: string): Promise<boolean> {
  const [, memory, passes, parallelism, salt = '', stored = ''] = phc.exec(hash) ?? []
  const expected = Buffer.from(stored, 'base64')
  if (expected.length === 0) throw new Error('the stored password hash is no PHC string of argon2id')
  const tag = await derive('argon2id', {
    message: password,
    nonce: Buffer.from(salt, 'base64'),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: expected.length,
  })
  return timingSafeEqual(tag, expected)
}

/** The hash of no password: comparing with it costs what comparing with a user's does, and never matches. */
export const nobodysHash = `$argon2id$v=19$m=${current.memory},t=${current.passes},p=${current.parallelism}$${unpaddedBase64(Buffer.alloc(16, 1))}$${unpaddedBase64(Buffer.alloc(tagLength))}`

function unpaddedBase64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
