// A service under test, started as those of the product are: how its start and its end go is told by the environment, what happened by its output.
import { createHttpServer } from '../../../src/http/server.ts'
import { createLogger } from '../../../src/logging/logger.ts'
import { runService } from '../../../src/shutdown/run-service.ts'
import { startOrExit } from '../../../src/shutdown/start-or-exit.ts'

const { PORT = '0', START = 'works', START_WAITS = 'no', CLOSE = 'ends' } = process.env
const name = 'crm-service'
const say = (text: string) => process.stdout.write(`${text}\n`)

await startOrExit(name, async () => {
  const logger = createLogger({ name, level: 'error' })
  const app = createHttpServer({ logger })
  const toldToStop = Promise.withResolvers<void>()
  app.decorate('setDraining', () => {
    say('draining')
    toldToStop.resolve()
  })
  app.addHook('onReady', async () => {
    say('starting')
    if (START_WAITS === 'until told to stop') await toldToStop.promise
    if (START === 'fails') throw new Error('no table')
  })
  app.addHook('onListen', async () => void say('working'))
  app.addHook('onClose', async () => {
    say('closing')
    if (CLOSE === 'hangs') await new Promise(() => {})
  })
  const afterClose = async () => void say('closed')
  await runService({ name, logger, app, host: '127.0.0.1', port: Number(PORT), drainMs: 0, afterClose })
})
