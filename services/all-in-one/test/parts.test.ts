import { createLogger } from '@crm/service-kit/logging/logger.ts'
import t from 'tap'
import { stopParts } from '../src/parts.ts'

t.test('parts stop one after the other, the last first; one that fails is logged and keeps no other from it', async (t) => {
  const lines: string[] = []
  const logger = createLogger({ name: 'test', level: 'info', destination: { write: (line) => void lines.push(line) } })
  const stopped: string[] = []
  const part = (name: string, failure?: Error) => ({
    name,
    async stop() {
      stopped.push(`${name} begins`)
      await new Promise(setImmediate)
      stopped.push(`${name} ends`)
      if (failure !== undefined) throw failure
    },
  })
  const thrown = {
    name: 'thrown',
    stop() {
      throw new Error('not even a promise')
    },
  }
  const failures = await stopParts([part('first'), thrown, part('second', new Error('stuck')), part('third')], logger)
  t.match(failures, [{ message: 'stuck' }, { message: 'not even a promise' }])
  t.strictSame(stopped, ['third begins', 'third ends', 'second begins', 'second ends', 'first begins', 'first ends'])
  t.match(
    lines.map((line) => JSON.parse(line)),
    [
      { level: 'error', part: 'second', msg: 'second could not be stopped cleanly', err: { message: 'stuck' } },
      { level: 'error', part: 'thrown', err: { message: 'not even a promise' } },
    ],
  )
})
