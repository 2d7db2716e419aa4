const ownOptions = new Map([
  ['idempotency-key', 'idempotencyKey'],
  ['if-match', 'ifMatch'],
  ['x-request-id', 'requestId'],
  ['authorization', "the client's accessToken or credentials"],
  ['x-user-id', "the client's userId"],
])
const alwaysJson = new Set(['accept', 'content-type'])

/** The headers of a client or a call. Throws TypeError for one that cannot be sent, or that it is not theirs to set. */
export function readHeaders(given: Record<string, string> = {}): Headers {
  const headers = new Headers(given)
  headers.forEach((_value, name) => {
    const option = ownOptions.get(name)
    if (option !== undefined) throw new TypeError(`The header ${name} has an option of its own: ${option}`)
    if (alwaysJson.has(name)) throw new TypeError(`The header ${name} cannot be given: the API speaks JSON`)
  })
  return headers
}

/** The headers of both, those of the second where both have one, with these set. */
export function mergeHeaders(first: Headers, second: Headers, set: Record<string, string | undefined>): Headers {
  const merged = new Headers(first)
  second.forEach((value, name) => {
    merged.set(name, value)
  })
  for (const [name, value] of Object.entries(set)) if (value !== undefined) merged.set(name, value)
  return merged
}
