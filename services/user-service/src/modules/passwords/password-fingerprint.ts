import { createHmac, scrypt } from 'node:crypto'
import { promisify } from 'node:util'

/**
 * Tells, where a request is remembered, whether another has the same password. To who does not have the service's secret it tells nothing:
 * a password cannot be guessed by it, however weak it is.
 */
export type FingerprintPassword = (password: string) => string

const derive: (secret: string, salt: string, bytes: number) => Promise<Buffer> = promisify(scrypt)

/** Instances with the same secret have the same fingerprints. By scrypt, as the secret itself may be easily guessed. */
export async function createPasswordFingerprint(secret: string): Promise<FingerprintPassword> {
  const key = await derive(secret, 'fingerprints of passwords', 32)
  return (password) => createHmac('sha256', key).update(password).digest('base64url')
}
