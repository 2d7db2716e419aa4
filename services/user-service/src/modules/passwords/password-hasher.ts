import { AppError } from '@crm/service-kit/errors/app-error.ts'
import { Counter, Gauge, type Registry } from 'prom-client'
import { createBoundedQueue, QueueFullError, type QueueLimits } from './bounded-queue.ts'
import { hashPassword, matchesPassword, nobodysHash } from './password-hash.ts'

/** Hashes passwords, a few at a time: each takes 19 MiB and a thread of the pool. Rejects with `unavailable` (503) when too many wait. */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  /** Whether it is the password of the hash. Null stands for nobody's hash, which takes as long and never matches. */
  matches(password: string, hash: string | null): Promise<boolean>
}

/** To check: one thread of the pool's four stays free, as one more stores; 40 wait for about a second. */
const defaultLimits: QueueLimits = { concurrency: 2, waiting: 40 }

export function createPasswordHasher(registry: Registry, limits: QueueLimits = defaultLimits): PasswordHasher {
  // Whoever stores passwords, such as an administrator, keeps nobody from logging in.
  const queues = { check: createBoundedQueue(limits), store: createBoundedQueue({ ...limits, concurrency: 1 }) }
  const hashes = new Counter({
    name: 'password_hashes_total',
    help: 'Password hashes that were computed',
    labelNames: ['purpose'],
    registers: [registry],
  })
  new Gauge({
    name: 'password_hashes_waiting',
    help: 'Password hashes that wait for their turn',
    registers: [registry],
    collect() {
      this.set(queues.check.waiting() + queues.store.waiting())
    },
  })

  async function run<T>(purpose: 'store' | 'check', task: () => Promise<T>): Promise<T> {
    try {
      return await queues[purpose].run(() => {
        hashes.inc({ purpose })
        return task()
      })
    } catch (error) {
      throw error instanceof QueueFullError ? tooManyWait(error) : error
    }
  }

  return {
    hash: (password) => run('store', () => hashPassword(password)),
    matches: (password, hash) => run('check', async () => (await matchesPassword(password, hash ?? nobodysHash)) && hash !== null),
  }
}

function tooManyWait(cause: QueueFullError): AppError {
  return new AppError('unavailable', 'Too many passwords are being checked. Try again.', { cause, headers: { 'retry-after': '1' } })
}
