import { FolderLockError, lockFolder } from '@crm/local-processes/folder-lock.ts'
import { StartError } from '@crm/service-kit/shutdown/start-error.ts'

/** Claims the data folder for this process. Throws StartError, also when a system runs on it. Returns what lets go of it. */
export function lockDataFolder(dataDir: string): () => void {
  try {
    return lockFolder(dataDir)
  } catch (cause) {
    if (!(cause instanceof FolderLockError)) throw cause
    const what =
      cause.holder === undefined ? cause.message : `it is running already on ${dataDir} as process ${cause.holder}: stop that one first`
    throw new StartError(`${what}, or set DATA_DIR to another folder`, { cause })
  }
}
