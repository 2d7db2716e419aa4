/** Seconds that an access token is valid. */
export const accessTokenSeconds = 15 * 60

/** Milliseconds between a key's publication and its first signature: longer than anyone remembers the published keys. */
export const publishedAheadMs = 60_000

// Beyond the last token's end: for clocks that differ, and for an instance that has not noticed yet that another key signs.
const marginMs = 60_000

/**
 * `waiting`: published, signs later. `signing`: signs new tokens. `verifying`: no longer signs, its last tokens are still valid.
 * `ended`: no token of it is valid any more, it is not published.
 */
export type KeyState = 'waiting' | 'signing' | 'verifying' | 'ended'

/** The state of each key at a moment; keys in the order of the times they sign from. */
export function withStates<Key extends { signsFrom: Date }>(
  keys: readonly Key[],
  now: Date,
): (Key & { state: KeyState; endsAt: Date | null })[] {
  return keys.map((key, index) => {
    const successor = keys[index + 1]
    const endsAt = successor ? new Date(successor.signsFrom.getTime() + accessTokenSeconds * 1000 + marginMs) : null
    return { ...key, endsAt, state: stateOf(key, { successor, endsAt, now }) }
  })
}

interface Situation {
  successor: { signsFrom: Date } | undefined
  endsAt: Date | null
  now: Date
}

function stateOf({ signsFrom }: { signsFrom: Date }, { successor, endsAt, now }: Situation): KeyState {
  if (signsFrom > now) return 'waiting'
  if (!successor || !endsAt || successor.signsFrom > now) return 'signing'
  return endsAt > now ? 'verifying' : 'ended'
}
