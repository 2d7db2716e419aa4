/** The key that a call was given, or a new one. Throws TypeError for one that the API would not take. */
export function idempotencyKeyOf(given: string | undefined): string {
  if (given === undefined) return newIdempotencyKey()
  if (/^[\x21-\x7e]{1,255}$/.test(given)) return given
  throw new TypeError('idempotencyKey must be 1 to 255 printable ASCII characters without a space')
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
