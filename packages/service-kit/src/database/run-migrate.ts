import { Type } from '@sinclair/typebox'
import { loadConfig } from '../config/load-config.ts'
import { variables } from '../config/variables.ts'
import { createLogger } from '../logging/logger.ts'
import { startOrExit } from '../shutdown/start-or-exit.ts'
import { migrateDatabase } from './migrate.ts'

export interface RunMigrateOptions {
  /** The command, in log lines and errors. */
  name: string
  migrationsFolder: string
  env: NodeJS.ProcessEnv
  /** The variable that names the database. */
  urlVariable: 'DATABASE_URL' | 'BUS_DATABASE_URL'
}

/** A migrate command as a whole: brings the database up to date; when it cannot, says why in one line and ends the process with code 1. */
export async function runMigrate({ name, migrationsFolder, env, urlVariable }: RunMigrateOptions): Promise<void> {
  const migrate = async () => {
    const config = loadConfig(Type.Pick(Type.Object(variables), [urlVariable, 'LOG_LEVEL']), env)
    await migrateDatabase({ url: config[urlVariable], migrationsFolder, logger: createLogger({ name, level: config.LOG_LEVEL }) })
  }
  await startOrExit(name, migrate, { databaseVariable: urlVariable })
}
