import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

// biome-ignore lint/style/noProcessEnv: no setting of ours; setpriv is to be found where every other program is
const { PATH = '' } = process.env

/**
 * Whether there is a `setpriv`, with which a program is tied to its parent or given another account (util-linux; BusyBox has one that
 * cannot do the first). It is looked for, not run to see: a Ctrl-C would reach it, as it does every program of our session, and tell that there is none.
 */
export function hasSetpriv(): boolean {
  return process.platform === 'linux' && PATH.split(delimiter).some((folder) => isExecutable(join(folder, 'setpriv')))
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
