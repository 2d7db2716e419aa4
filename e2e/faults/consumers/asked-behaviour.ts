// Run in a ledger's process: it does what the events ask for, by the name of their lead.
import { PermanentError, RetryableError } from '../../../packages/events/src/consumer/errors.ts'
import type { ReceivedEvent } from '../../../packages/events/src/envelope/decode-message.ts'
import type { Executor } from '../../../packages/service-kit/src/database/database.ts'
import type { Behaviour } from '../ledger/settings.ts'
import type { asking } from './asking.ts'

const failures = new Map<string, number>()

const answers: Record<(typeof asking)[keyof typeof asking], (event: ReceivedEvent, tx: Executor) => unknown> = {
  'fail 3 times': ({ id }) => {
    if ((failures.get(id) ?? 0) < 3) throw new Error('it fails 3 times')
  },
  'fail always': () => {
    throw new TypeError('it always fails')
  },
  'fail always, worth trying again': () => {
    throw new RetryableError('it always fails')
  },
  'fail for good': () => {
    throw new PermanentError('it fails for good')
  },
  'fail until repaired': async (_, tx) => {
    const [row] = await tx.sql<{ repaired: boolean }[]>`select to_regclass('public.repaired') is not null as repaired`
    if (!row?.repaired) throw new PermanentError('it is not repaired yet')
  },
  'kill the process': () => process.kill(process.pid, 'SIGKILL'),
}

function isAsked(text: unknown): text is keyof typeof answers {
  return typeof text === 'string' && Object.hasOwn(answers, text)
}

const behaviour: Behaviour = {
  async handle(events, tx) {
    for (const event of events) {
      const asked = 'name' in event.payload ? event.payload.name : undefined
      if (!isAsked(asked)) continue
      try {
        await answers[asked](event, tx)
      } catch (error) {
        // Of several handled together the runtime counts no attempt.
        if (events.length === 1) failures.set(event.id, (failures.get(event.id) ?? 0) + 1)
        if (events.length === 1) process.stdout.write(`attempt on ${event.id}\n`)
        throw error
      }
    }
  },
}
export default behaviour
