import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { runProcess } from '@crm/service-kit/shutdown/run-process.ts'
import { startOrExit } from '@crm/service-kit/shutdown/start-or-exit.ts'
import type { Logger } from 'pino'
import { type AllInOne, createAllInOne } from './all-in-one.ts'
import { announcement } from './announcement.ts'
import { loadAllInOneConfig } from './config.ts'

const name = 'all-in-one'
const closeTimeoutMs = 25_000

await startOrExit(name, async () => {
  const config = loadAllInOneConfig(process.env)
  const logger = createLogger({ name, level: config.LOG_LEVEL })
  const system = createAllInOne(config, logger)
  // Before the start: a Ctrl-C in the middle of it leaves nothing behind either.
  runProcess({ name, logger, drainMs: config.DRAIN_MS, setDraining: system.setDraining, close: system.close })
  // A terminal that is closed means what Ctrl-C in it means.
  process.on('SIGHUP', () => process.kill(process.pid, 'SIGTERM'))
  // Whoever reads only the first lines, as `head` does, does not end the system.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  void system.failed.then((error) => exitBroken(error, system, logger))

  const facts = await system.start()
  if (facts !== undefined) process.stdout.write(announcement({ config, ...facts, seconds: process.uptime() }))
})

async function exitBroken(error: Error, system: AllInOne, logger: Logger): Promise<void> {
  logger.fatal({ err: error }, `${name} cannot go on`)
  setTimeout(() => process.exit(1), closeTimeoutMs)
  // What could not be stopped is logged already.
  await system.close().catch(() => {})
  process.exit(1)
}
