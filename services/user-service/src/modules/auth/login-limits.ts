import { createHash } from 'node:crypto'
import { networkOf } from '../sessions/client.ts'

/** A counter of attempts: it holds so many, and one leaves it every so many milliseconds. */
export interface LoginLimit {
  capacity: number
  everyMs: number
}

export type CounterKind = 'account-and-network' | 'network' | 'account'

/**
 * What one client may try on one account, one client on all accounts, and all clients on one account. The last is wide, and left out where
 * the account's owner has logged in from before: whoever attacks an account slows themselves, not the owner.
 */
export const loginLimits: { readonly [kind in CounterKind]: LoginLimit } = {
  'account-and-network': { capacity: 10, everyMs: 15_000 },
  network: { capacity: 60, everyMs: 2_000 },
  account: { capacity: 100, everyMs: 5_000 },
}

export interface LoginCounter extends LoginLimit {
  kind: CounterKind
  id: string
}

/** The counters that an attempt counts in. An email that nobody has is counted as any other. */
export function countersOf({ email, address }: { email: string; address: string }): LoginCounter[] {
  const network = networkOf(address)
  const subjects: { [kind in CounterKind]: string[] } = {
    'account-and-network': [email, network],
    network: [network],
    account: [email],
  }
  const kinds: CounterKind[] = ['account-and-network', 'network', 'account']
  return kinds.map((kind) => ({ kind, id: idOf(kind, subjects[kind]), ...loginLimits[kind] }))
}

function idOf(kind: CounterKind, subject: string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, ...subject]))
    .digest('base64url')
}
