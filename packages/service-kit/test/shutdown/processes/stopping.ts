// A process under test: what it does at its end is told by the environment, what happened by its output.
import { setTimeout as delay } from 'node:timers/promises'
import { createLogger } from '../../../src/logging/logger.ts'
import { CannotGoOnError, processHasFailed } from '../../../src/shutdown/process-failure.ts'
import { runProcess } from '../../../src/shutdown/run-process.ts'

const { DRAIN_MS = '0', CLOSE_MS = '0', DEADLINE_MS = '20000', CLOSE = 'ends', FAIL = '' } = process.env
const say = (text: string) => process.stdout.write(`${text}\n`)

const work = setInterval(() => {}, 1000)
runProcess({
  name: 'crm-service',
  logger: createLogger({ name: 'crm-service', level: 'info' }),
  drainMs: Number(DRAIN_MS),
  deadlineMs: Number(DEADLINE_MS),
  setDraining: () => say('draining'),
  close: async () => {
    say('closing')
    if (processHasFailed()) say('the process has failed')
    clearInterval(work)
    if (CLOSE === 'hangs') await new Promise(() => {})
    if (CLOSE === 'throws') throw new Error('the pool would not close')
    await delay(Number(CLOSE_MS))
    say('closed')
  },
})
if (FAIL === 'throws') setTimeout(() => JSON.parse('{'), 50)
if (FAIL === 'cannot go on') setTimeout(() => Promise.reject(new CannotGoOnError('no table')), 50)
if (FAIL === 'rejects') setTimeout(() => void Promise.reject(new Error('nobody waits for this')), 50)
if (FAIL === 'throws while stopping') process.once('SIGTERM', () => setTimeout(() => JSON.parse('{'), 20))
say('started')
