import { createHash } from 'node:crypto'
import { clientNetwork } from '@crm/service-kit/http/client-address.ts'

/** Who tries to be whom. */
export interface LoginAttempt {
  email: string
  address: string
}

/**
 * A limit by the generic cell rate algorithm (GCRA): one attempt per emission interval, and a burst of so many at once. A counter is its
 * theoretical arrival time, which each attempt moves on by an interval, and which may be ahead of the clock by a burst of them at most.
 */
export interface LoginLimit {
  burst: number
  emissionIntervalMs: number
}

export type CounterKind = 'account-and-network' | 'network' | 'account' | 'successes'

/**
 * What one client may try on one account, one client on all accounts, and all clients on one account. The last is left out where
 * the account's owner has logged in from before: whoever attacks an account slows strangers, and the owner only where they are one.
 * Beside these, how often an account may log in with success: whoever knows one password keeps nobody from having theirs checked.
 */
export const loginLimits: { readonly [kind in CounterKind]: LoginLimit } = {
  'account-and-network': { burst: 10, emissionIntervalMs: 15_000 },
  network: { burst: 60, emissionIntervalMs: 2_000 },
  account: { burst: 20, emissionIntervalMs: 5_000 },
  successes: { burst: 100, emissionIntervalMs: 2_000 },
}

export interface LoginCounter extends LoginLimit {
  kind: CounterKind
  id: string
}

/** The counters that decide on an attempt. An email that nobody has is counted as any other. */
export function countersOf({ email, address }: LoginAttempt): LoginCounter[] {
  const network = clientNetwork(address)
  const subjects: { [kind in CounterKind]: string[] } = {
    'account-and-network': [email, network],
    network: [network],
    account: [email],
    successes: [email],
  }
  const kinds: CounterKind[] = ['account-and-network', 'network', 'account', 'successes']
  return kinds.map((kind) => ({ kind, id: idOf(kind, subjects[kind]), ...loginLimits[kind] }))
}

function idOf(kind: CounterKind, subject: string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, ...subject]))
    .digest('base64url')
}
