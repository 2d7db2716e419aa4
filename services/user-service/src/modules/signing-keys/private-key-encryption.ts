import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'

/** The secret is not the one that the key was encrypted with, or the stored bytes were altered: which of the two cannot be told. */
export class WrongSecretError extends Error {
  override readonly name = 'WrongSecretError'
}

/** A private key as PEM, and the id that its encrypted form is bound to. */
export interface PrivateKey {
  id: string
  pem: string
}

const algorithm = 'aes-256-gcm'
const saltBytes = 16
const ivBytes = 12
const tagBytes = 16
const derive: (secret: string, salt: Buffer, bytes: number) => Promise<Buffer> = promisify(scrypt)

/** Encrypts a private key with AES-256-GCM, under a key derived by scrypt from the secret and a salt of its own: salt, iv, tag, ciphertext. */
export async function encryptPrivateKey(secret: string, { id, pem }: PrivateKey): Promise<Buffer> {
  const salt = randomBytes(saltBytes)
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv(algorithm, await derive(secret, salt, 32), iv).setAAD(Buffer.from(id))
  const ciphertext = Buffer.concat([cipher.update(pem, 'utf8'), cipher.final()])
  return Buffer.concat([salt, iv, cipher.getAuthTag(), ciphertext])
}

/** The key as PEM. Throws WrongSecretError when the secret, the id or the bytes are not those it was encrypted with. */
export async function decryptPrivateKey(secret: string, id: string, encrypted: Buffer): Promise<string> {
  const [salt, iv, tag, ciphertext] = split(encrypted)
  const key = await derive(secret, salt, 32)
  try {
    const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(id)).setAuthTag(tag)
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw new WrongSecretError(`signing key ${id} cannot be decrypted`, { cause })
  }
}

function split(bytes: Buffer): [Buffer, Buffer, Buffer, Buffer] {
  const ivAt = saltBytes
  const tagAt = ivAt + ivBytes
  const ciphertextAt = tagAt + tagBytes
  return [bytes.subarray(0, ivAt), bytes.subarray(ivAt, tagAt), bytes.subarray(tagAt, ciphertextAt), bytes.subarray(ciphertextAt)]
}
