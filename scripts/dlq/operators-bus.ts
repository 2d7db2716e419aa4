import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { superuser } from '@crm/embedded-postgres/data-folder.ts'
import { configuredBus } from '../../packages/events/src/bus/configured-bus.ts'
import type { BusPlace } from '../../packages/events/src/bus/open-bus.ts'
import { loadDataFolder } from '../../services/all-in-one/src/config.ts'
import { findHolder } from '../../services/all-in-one/src/data-lock.ts'
import { CommandError } from './errors.ts'

export interface OperatorsBus {
  place: BusPlace
  /** The variable to look at when the bus does not answer. */
  variable: 'KAFKA_BROKERS' | 'BUS_DATABASE_URL' | 'DATA_DIR'
}

/** The bus that the environment names, as the services read it; else that of the system that runs on the data folder. */
export function operatorsBus(env: NodeJS.ProcessEnv): OperatorsBus {
  const place = configuredBus(env)
  if (place === undefined) return { place: { databaseUrl: runningBus(loadDataFolder(env)) }, variable: 'DATA_DIR' }
  return { place, variable: 'kafka' in place ? 'KAFKA_BROKERS' : 'BUS_DATABASE_URL' }
}

function runningBus(folder: string): string {
  const advice = 'set KAFKA_BROKERS or BUS_DATABASE_URL to name another bus, or start the system: pnpm start'
  if (findHolder(folder) === undefined) throw new CommandError(`no system runs on ${folder}: ${advice}`)
  try {
    const password = readFileSync(join(folder, 'postgres', 'password'), 'utf8')
    // The server's lock file: process id, data folder, start time, port.
    const port = Number(readFileSync(join(folder, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[3])
    if (Number.isInteger(port) && port > 0) return `postgres://${superuser}:${password}@127.0.0.1:${port}/bus_db`
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    if (error.code !== 'ENOENT')
      throw new CommandError(`the event bus in ${folder} cannot be read (${error.code}): run as the user who started it`)
  }
  throw new CommandError(`the system on ${folder} is starting or stopping: try again in a moment`)
}
