import { connectDatabase, type Database } from '../../packages/service-kit/src/database/database.ts'
import { WrongSecretError } from '../../services/user-service/src/modules/signing-keys/private-key-encryption.ts'
import { replaceSigningKeys } from '../../services/user-service/src/modules/signing-keys/replace-signing-keys.ts'
import { KeyWaitingError, rotateSigningKey } from '../../services/user-service/src/modules/signing-keys/rotate-signing-key.ts'
import { readSigningKeys, type SigningKey } from '../../services/user-service/src/modules/signing-keys/signing-keys.repository.ts'
import { describeFailure } from '../command-line/describe-failure.ts'
import { CommandError } from '../command-line/errors.ts'
import { exitCodeOf } from '../command-line/exit-code.ts'
import type { Screen } from '../command-line/screen.ts'
import type { OperatorsCommand } from '../command-line/surroundings.ts'
import { type Column, tableLines } from '../command-line/table.ts'
import { help, parseCommand, type RotateCommand } from './arguments.ts'
import { type OperatorsDatabase, operatorsDatabase } from './operators-database.ts'

const columns: Column<SigningKey>[] = [
  { title: 'ID', text: ({ id }) => id },
  { title: 'STATE', text: ({ state }) => state },
  { title: 'SIGNS FROM', text: ({ signsFrom }) => signsFrom.toISOString() },
  { title: 'PUBLISHED UNTIL', text: ({ endsAt }) => endsAt?.toISOString() ?? '-' },
]

/** `pnpm keys`. */
export const runCommand: OperatorsCommand = async (args, { screen, ...place }) => {
  let chosen: OperatorsDatabase | undefined
  let db: Database | undefined
  try {
    const command = parseCommand(args)
    if (command.name === 'help') {
      screen.print(help)
      return 0
    }
    chosen = operatorsDatabase(place)
    db = connectDatabase({ url: chosen.url, maxConnections: 1, applicationName: 'keys' })
    if (command.name === 'list') await list(db, screen)
    else await rotate(db, { secret: chosen.secret(), ...command }, screen)
    return 0
  } catch (error) {
    screen.complain(`pnpm keys: ${describeFailure(error, { databaseVariable: chosen?.variable, wrongDatabase, isPlain })}`)
    return exitCodeOf(error)
  } finally {
    await db?.close()
  }
}

async function list(db: Database, { print, width }: Screen): Promise<void> {
  const keys = await readSigningKeys(db)
  if (keys.length === 0) print('No signing keys: user-service makes the first one when it starts.')
  else for (const line of tableLines(keys, columns, width)) print(line)
}

interface Rotation extends RotateCommand {
  secret: string
}

async function rotate(db: Database, rotation: Rotation, { print }: Screen): Promise<void> {
  try {
    print(rotation.now ? await replace(db, rotation) : await publish(db, rotation))
  } catch (error) {
    if (!(error instanceof WrongSecretError)) throw error
    const advice = rotation.now ? '; if that one is lost or stolen, add --new-secret' : ''
    throw new CommandError(`SIGNING_KEY_SECRET is not the one that user-service has: ${error.message}${advice}`)
  }
}

async function publish(db: Database, { secret }: Rotation): Promise<string> {
  const { id, signsFrom } = await rotateSigningKey(db, secret)
  return `signing key ${id} is published and signs from ${signsFrom.toISOString()}`
}

async function replace(db: Database, { secret, newSecret }: Rotation): Promise<string> {
  const { id, deleted } = await replaceSigningKeys(db, secret, { secretChanged: newSecret })
  const others = deleted === 1 ? '1 other was' : `${deleted} others were`
  const restart = newSecret ? '; give every user-service the new SIGNING_KEY_SECRET and restart it' : ''
  return `signing key ${id} signs now; ${others} deleted, and their access tokens are refused soon${restart}`
}

const wrongDatabase = 'this database has no signing keys: is it the one of user-service, and migrated?'

function isPlain(error: Error): boolean {
  return error instanceof KeyWaitingError
}
