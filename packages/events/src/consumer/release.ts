import { setTimeout as delay } from 'node:timers/promises'
import { backoffDelay } from '../timing/backoff.ts'
import { untilAborted } from './revocable-transaction.ts'

/** Brings the database up to date about a partition; one try after the other, so that none comes late and clears what is in flight by then. */
export interface Release {
  /** Tries until that works, for an hour or so at most; keeps no process alive. */
  beginInBackground(): void
  /** Resolves when no try is on its way, nor to come. Never rejects. */
  endInBackground(): Promise<void>
  /** Tries until that works or the signal is aborted. Never rejects. */
  untilDone(signal: AbortSignal): Promise<void>
}

// More often than a next owner waits, which may reach the database again before this one.
const releaseRetry = { baseMs: 50, maxMs: 500 }
const backgroundTries = 7_200

export function createRelease(catchUp: () => Promise<void>): Release {
  let last: Promise<boolean> = Promise.resolve(true)
  let background = new AbortController()

  /** Resolves to whether it worked; where it did not, the database is away, and the log has said so. */
  function attempt(): Promise<boolean> {
    last = last.then(async () =>
      catchUp().then(
        () => true,
        () => false,
      ),
    )
    return last
  }

  async function repeatedly(signal: AbortSignal, { tries, ref }: { tries: number; ref: boolean }): Promise<void> {
    for (let failures = 1; failures <= tries && !signal.aborted; failures++) {
      if (await untilAborted(attempt(), signal).catch(() => false)) return
      await delay(backoffDelay(failures, releaseRetry), undefined, { signal, ref }).catch(() => {})
    }
  }

  return {
    beginInBackground() {
      background.abort()
      background = new AbortController()
      void repeatedly(background.signal, { tries: backgroundTries, ref: false })
    },
    async endInBackground() {
      background.abort()
      await last
    },
    async untilDone(signal) {
      background.abort()
      await repeatedly(signal, { tries: Number.POSITIVE_INFINITY, ref: true })
    },
  }
}
