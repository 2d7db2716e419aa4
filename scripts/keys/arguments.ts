import { parseArgs } from 'node:util'
import { UsageError } from '../dlq/errors.ts'

export type Command = { name: 'list' } | { name: 'rotate'; now: boolean } | { name: 'help' }

export const help = `The keys that access tokens are signed with, in the database of user-service that DATABASE_URL names or that a running \`pnpm start\` has.

  pnpm keys list
      Which key signs, which waits to, and which are published still for the tokens they signed.

  pnpm keys rotate [--now]
      Publishes a new key, which signs a minute later. The one before it stays published until its last token has ended.
      With --now the new key signs at once and all others are deleted: for a key that was stolen, or a SIGNING_KEY_SECRET
      that was lost. Access tokens are refused then; clients get new ones by their refresh tokens.

  SIGNING_KEY_SECRET is needed to rotate, and the same that user-service has.`

/** Throws a UsageError of one line. */
export function parseCommand([name, ...rest]: readonly string[]): Command {
  if (name === 'help' || name === '--help' || name === '-h' || rest.includes('--help')) return { name: 'help' }
  if (name === 'rotate') return { name, now: parseRotate(rest) }
  if (name === 'list' && rest.length === 0) return { name }
  if (name === 'list') throw new UsageError('pnpm keys list takes nothing more')
  const said = name === undefined ? 'say what to do' : `there is no command '${name}'`
  throw new UsageError(`${said}: pnpm keys list or rotate; pnpm keys --help says more`)
}

function parseRotate(args: string[]): boolean {
  try {
    return parseArgs({ args, options: { now: { type: 'boolean', default: false } } }).values.now
  } catch {
    throw new UsageError('pnpm keys rotate takes --now and nothing more')
  }
}
