const longestKey = 255

/** The key that a call was given, or a new one. Throws TypeError for one that the API would not take. */
export function idempotencyKeyOf(given: string | undefined): string {
  if (given === undefined) return newIdempotencyKey()
  if (/^[\x21-\x7e]{1,255}$/.test(given)) return given
  throw new TypeError(`idempotencyKey must be 1 to ${longestKey} printable ASCII characters without a space`)
}

/**
 * The key of what a call under `key` decided after a conflict: the same for the same decision, another for any other one, and in the
 * form and length that the API takes.
 */
export function keyOfDecision(key: string, decision: { etag: string; body: string | undefined }): string {
  const suffix = `.${hash(JSON.stringify([key, decision.etag, decision.body]))}`
  return key.slice(0, longestKey - suffix.length) + suffix
}

/** A random UUID (version 4). crypto.randomUUID is missing in pages that were not loaded over HTTPS. */
function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const hex = Array.from(bytes, (byte, index) => {
    const marked = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte
    return marked.toString(16).padStart(2, '0')
  }).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

// cyrb53, with all of its 64 bits: crypto.subtle is missing where crypto.randomUUID is.
function hash(text: string): string {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    a = Math.imul(a ^ code, 2654435761)
    b = Math.imul(b ^ code, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return [b, a].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
}
