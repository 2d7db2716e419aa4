import { type Bus, UnknownTopicError } from '../../packages/events/src/bus/bus.ts'
import { openBus } from '../../packages/events/src/bus/open-bus.ts'
import { NotReplayableError } from '../../packages/events/src/dead-letters/replay-dead-letters.ts'
import { createLogger } from '../../packages/service-kit/src/logging/logger.ts'
import { describeFailure } from '../command-line/describe-failure.ts'
import { exitCodeOf } from '../command-line/exit-code.ts'
import type { Screen } from '../command-line/screen.ts'
import type { OperatorsCommand } from '../command-line/surroundings.ts'
import { type Command, help, parseCommand } from './arguments.ts'
import { list } from './list.ts'
import { type OperatorsBus, operatorsBus } from './operators-bus.ts'
import { replay } from './replay.ts'
import { show } from './show.ts'

/** `pnpm dlq`. */
export const runCommand: OperatorsCommand = async (args, { screen, ...place }) => {
  let chosen: OperatorsBus | undefined
  let bus: Bus | undefined
  try {
    const command = parseCommand(args)
    if (command.name === 'help') {
      screen.print(help)
      return 0
    }
    chosen = operatorsBus(place)
    bus = openBus({ ...chosen.place, applicationName: 'dlq', logger: createLogger({ name: 'dlq', level: 'silent' }) })
    await bus.ping()
    await runOn(bus, command, screen)
    return 0
  } catch (error) {
    screen.complain(`pnpm dlq: ${describeFailure(error, { databaseVariable: chosen?.variable, wrongDatabase, isPlain })}`)
    return exitCodeOf(error)
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

const wrongDatabase = 'this database holds no event bus: pnpm --filter @crm/events migrate makes one'

// kafkajs tells of refused credentials and the like.
function isPlain(error: Error): boolean {
  return error instanceof UnknownTopicError || error instanceof NotReplayableError || error.name.startsWith('KafkaJS')
}
