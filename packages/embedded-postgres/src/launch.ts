import { type ChildProcess, spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { hasSetpriv } from '@crm/local-processes/setpriv.ts'
import { PostgresStartError } from './start-error.ts'

/** The user the programs run as when we are root; PostgreSQL refuses to run as root. */
export interface Account {
  uid: number
  gid: number
}

// "nobody" and its group have this number on every Linux we know; their names differ.
const nobody: Account = { uid: 65_534, gid: 65_534 }

/** The account to run as, given the owner of the data: undefined unless this process is root. */
export async function chooseAccount(dataDir: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  if (!hasSetpriv()) {
    throw new PostgresStartError('failed', 'PostgreSQL does not run as root and setpriv is not installed: run as an ordinary user')
  }
  const owner = await stat(dataDir).catch(() => undefined)
  if (owner === undefined) return nobody
  if (owner.uid === 0) {
    throw new PostgresStartError(
      'failed',
      `${dataDir} belongs to root, as whom PostgreSQL does not run: chown -R ${nobody.uid}:${nobody.gid} it`,
    )
  }
  return { uid: owner.uid, gid: owner.gid }
}

/**
 * Starts a program as `account` in a session of its own, so that a terminal's Ctrl-C does not reach it.
 * With `endsWithParent` it gets SIGINT as soon as this process is gone, however it ended (Linux only).
 */
export function launch(
  program: string,
  args: readonly string[],
  options: { account: Account | undefined; endsWithParent: boolean },
): ChildProcess {
  const wrapper = options.account === undefined ? asOurselves(options.endsWithParent) : asAccount(options.account, options.endsWithParent)
  const [command = program, ...rest] = [...wrapper, program, ...args]
  return spawn(command, rest, {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // biome-ignore lint/style/noProcessEnv: no setting of ours; a program is to be found where every other is
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
  })
}

function asOurselves(endsWithParent: boolean): string[] {
  return endsWithParent && hasSetpriv() ? ['setpriv', '--pdeathsig', 'INT', '--'] : []
}

// The capability lets the account pass through folders that only root may enter, where the checkout or the data may lie.
function asAccount(account: Account, endsWithParent: boolean): string[] {
  return [
    'setpriv',
    ...(endsWithParent ? ['--pdeathsig', 'INT'] : []),
    ...['--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups'],
    ...['--securebits', '+no_setuid_fixup', '--inh-caps', '+dac_override', '--ambient-caps', '+dac_override', '--'],
  ]
}
