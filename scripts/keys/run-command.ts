import { connectDatabase, type Database } from '@crm/service-kit/database/database.ts'
import { describeStartFailure } from '@crm/service-kit/shutdown/describe-start-failure.ts'
import {
  KeyWaitingError,
  replaceSigningKeys,
  rotateSigningKey,
} from '../../services/user-service/src/modules/signing-keys/make-signing-key.ts'
import { WrongSecretError } from '../../services/user-service/src/modules/signing-keys/private-key-encryption.ts'
import { readSigningKeys, type SigningKey } from '../../services/user-service/src/modules/signing-keys/signing-keys.repository.ts'
import { CommandError, UsageError } from '../dlq/errors.ts'
import type { Screen } from '../dlq/screen.ts'
import { type Column, tableLines } from '../dlq/table.ts'
import { type Command, help, parseCommand } from './arguments.ts'
import { type OperatorsDatabase, operatorsDatabase } from './operators-database.ts'

const usageErrorCode = 2
const failureCode = 1
const undefinedTable = '42P01'

const columns: Column<SigningKey>[] = [
  { title: 'ID', text: ({ id }) => id },
  { title: 'STATE', text: ({ state }) => state },
  { title: 'SIGNS FROM', text: ({ signsFrom }) => signsFrom.toISOString() },
  { title: 'PUBLISHED UNTIL', text: ({ endsAt }) => endsAt?.toISOString() ?? '-' },
]

/** Does what the arguments of `pnpm keys` say and resolves to the exit code: 0, 1 for what cannot be done, 2 for what was mistyped. Never rejects. */
export async function runCommand(args: readonly string[], env: NodeJS.ProcessEnv, screen: Screen): Promise<number> {
  let chosen: OperatorsDatabase | undefined
  let db: Database | undefined
  try {
    const command = parseCommand(args)
    if (command.name === 'help') {
      screen.print(help)
      return 0
    }
    chosen = operatorsDatabase(env)
    db = connectDatabase({ url: chosen.url, maxConnections: 1, applicationName: 'keys' })
    if (command.name === 'list') await list(db, screen)
    else await rotate(db, { secret: chosen.secret(), now: command.now }, screen)
    return 0
  } catch (error) {
    screen.complain(`pnpm keys: ${describeFailure(error, chosen)}`)
    return error instanceof UsageError ? usageErrorCode : failureCode
  } finally {
    await db?.close()
  }
}

async function list(db: Database, { print, width }: Screen): Promise<void> {
  const keys = await readSigningKeys(db)
  if (keys.length === 0) print('No signing keys: user-service makes the first one when it starts.')
  else for (const line of tableLines(keys, columns, width)) print(line)
}

async function rotate(
  db: Database,
  { secret, now }: { secret: string } & Pick<Extract<Command, { name: 'rotate' }>, 'now'>,
  { print }: Screen,
): Promise<void> {
  if (now) {
    const { id, deleted } = await replaceSigningKeys(db, secret)
    print(`signing key ${id} signs now; ${deleted === 1 ? '1 other was' : `${deleted} others were`} deleted, and access tokens with them`)
    return
  }
  const { id, signsFrom } = await rotateSigningKey(db, secret)
  print(`signing key ${id} is published and signs from ${signsFrom.toISOString()}`)
}

/** What went wrong, on one line for all that an operator can remove; a stack for defects alone. */
function describeFailure(error: unknown, chosen: OperatorsDatabase | undefined): string {
  if (error instanceof UsageError || error instanceof CommandError || error instanceof KeyWaitingError) return error.message
  if (error instanceof WrongSecretError) return `SIGNING_KEY_SECRET is not the one that user-service has: ${error.message}`
  if (error instanceof Error && 'code' in error && error.code === undefinedTable)
    return 'this database has no signing keys: is it the one of user-service, and migrated?'
  return describeStartFailure(error, chosen === undefined ? {} : { databaseVariable: chosen.variable })
}
