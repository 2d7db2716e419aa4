import { createHash, createHmac, randomBytes } from 'node:crypto'

/** Seconds for which a token that was replaced works on: for answers that were lost, and for two requests at the same moment. */
export const graceSeconds = 10

/** Days that a session lives after its last refresh. */
export const sessionDays = 30

const tokenBytes = 32
const form = /^[A-Za-z0-9_-]{43}$/

/** 256 random bits, base64url. */
export function newRefreshToken(): string {
  return randomBytes(tokenBytes).toString('base64url')
}

/** What is stored of a token; undefined for text that is no token. Random bits need no slow hash. */
export function hashOfToken(token: string): Buffer | undefined {
  return form.test(token) ? createHash('sha256').update(bytesOf(token)).digest() : undefined
}

/** The successor of a token, readable to who holds the token and to nobody else. */
export function sealSuccessor(token: string, successor: string): Buffer {
  return xor(bytesOf(successor), padOf(token))
}

export function openSuccessor(token: string, sealed: Buffer): string {
  return xor(sealed, padOf(token)).toString('base64url')
}

// A one-time pad: as random as the token, and a token has one successor.
function padOf(token: string): Buffer {
  return createHmac('sha256', bytesOf(token)).update('successor').digest()
}

function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)))
}

function bytesOf(token: string): Buffer {
  return Buffer.from(token, 'base64url')
}
