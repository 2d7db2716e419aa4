import { parseArgs } from 'node:util'
import { UsageError } from '../command-line/errors.ts'

export interface RotateCommand {
  name: 'rotate'
  /** Without a minute's notice, and none of the keys before it is kept. */
  now: boolean
  /** The secret given now is not the one that the keys are encrypted with. */
  newSecret: boolean
}

export type Command = { name: 'list' } | RotateCommand | { name: 'help' }

export const help = `The keys that access tokens are signed with, in the database of user-service that DATABASE_URL names or that a running \`pnpm start\` has.

  pnpm keys list
      Which key signs, which waits to, and which are published still for the tokens they signed.

  pnpm keys rotate
      Publishes a new key, which signs a minute later. The one before it stays published until its last token has ended.

  pnpm keys rotate --now [--new-secret]
      For a key that was stolen: the new key signs at once, and all others are deleted. Within six seconds access tokens of
      the old keys are refused everywhere; clients get new ones by their refresh tokens.
      --new-secret is for a SIGNING_KEY_SECRET that was lost or stolen, and for nothing else: it takes the secret that is set now
      though it cannot decrypt the key that signs. Give it to every instance of user-service, and restart them.

  SIGNING_KEY_SECRET is needed to rotate, and the same that user-service has.`

/** Throws a UsageError of one line. */
export function parseCommand([name, ...rest]: readonly string[]): Command {
  if (name === 'help' || name === '--help' || name === '-h' || rest.includes('--help')) return { name: 'help' }
  if (name === 'rotate') return parseRotate(rest)
  if (name === 'list' && rest.length === 0) return { name }
  if (name === 'list') throw new UsageError('pnpm keys list takes nothing more')
  const said = name === undefined ? 'say what to do' : `there is no command '${name}'`
  throw new UsageError(`${said}: pnpm keys list or rotate; pnpm keys --help says more`)
}

function parseRotate(args: string[]): RotateCommand {
  const { now, 'new-secret': newSecret } = rotateFlags(args)
  if (newSecret && !now) throw new UsageError('--new-secret goes with --now: no key of the old secret can be kept')
  return { name: 'rotate', now, newSecret }
}

function rotateFlags(args: string[]) {
  const flag = { type: 'boolean', default: false } as const
  try {
    return parseArgs({ args, options: { now: flag, 'new-secret': flag } }).values
  } catch {
    throw new UsageError('pnpm keys rotate takes --now and --new-secret, and nothing more')
  }
}
