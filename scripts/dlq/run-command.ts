import type { Bus } from '../../packages/events/src/bus/bus.ts'
import { openBus } from '../../packages/events/src/bus/open-bus.ts'
import { createLogger } from '../../packages/service-kit/src/logging/logger.ts'
import { type Command, help, parseCommand } from './arguments.ts'
import { describeFailure } from './describe-failure.ts'
import { UsageError } from './errors.ts'
import { list } from './list.ts'
import { type OperatorsBus, operatorsBus } from './operators-bus.ts'
import { replay } from './replay.ts'
import type { Screen } from './screen.ts'
import { show } from './show.ts'

const usageErrorCode = 2
const failureCode = 1

/** Does what the arguments of `pnpm dlq` say and resolves to the exit code: 0, 1 for what cannot be done, 2 for what was mistyped. Never rejects. */
export async function runCommand(args: readonly string[], env: NodeJS.ProcessEnv, screen: Screen): Promise<number> {
  let chosen: OperatorsBus | undefined
  let bus: Bus | undefined
  try {
    const command = parseCommand(args)
    if (command.name === 'help') {
      screen.print(help)
      return 0
    }
    chosen = operatorsBus(env)
    bus = openBus({ ...chosen.place, applicationName: 'dlq', logger: createLogger({ name: 'dlq', level: 'silent' }) })
    await bus.ping()
    await runOn(bus, command, screen)
    return 0
  } catch (error) {
    screen.complain(`pnpm dlq: ${describeFailure(error, chosen?.variable)}`)
    return error instanceof UsageError ? usageErrorCode : failureCode
  } finally {
    await bus?.close()
  }
}

async function runOn(bus: Bus, command: Exclude<Command, { name: 'help' }>, screen: Screen): Promise<void> {
  switch (command.name) {
    case 'list':
      return await list(bus, command, screen)
    case 'show':
      return await show(bus, command, screen)
    case 'replay':
      return await replay(bus, command, screen)
  }
}
