import type { ChildProcess } from 'node:child_process'
import { realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { isPortFree } from '@crm/local-processes/ports.ts'
import postgres from 'postgres'
import { findBinaries } from './binaries.ts'
import { createFolder, initialiseData, inspectData, readOrCreatePassword, superuser } from './data-folder.ts'
import { chooseAccount, launch } from './launch.ts'
import { awaitDataReleased } from './lock-file.ts'
import { type Exit, killServer, stopServer } from './server-process.ts'
import { dataDamaged, explainStartFailure, PostgresStartError, portTaken } from './start-error.ts'

export interface StartOptions {
  /** Holds the data (`data/`) and the superuser's password; made when it is missing. Only root and the starting user may enter it. */
  dir: string
  /** TCP port on 127.0.0.1, the only address the server listens on. */
  port: number
  /** Server parameters that replace or add to ours. */
  settings?: Record<string, string>
  /** Called with each line the server logs. */
  log?: (line: string) => void
  /** Aborted when nobody wants the server any more before it runs: the start then rejects with its reason, and data half made is removed. */
  signal?: AbortSignal | undefined
}

/** A running server. Whoever started it stops it; on Linux it also ends by itself when its starter is gone, however that ended. */
export interface EmbeddedPostgres {
  readonly port: number
  /** Process id of the postmaster. */
  readonly pid: number
  /** Connection string of the superuser; the database defaults to `postgres`. */
  url(database?: string): string
  /** Settles when the server is gone, also when nobody asked for it. Never rejects. */
  readonly exited: Promise<Exit>
  /** Ends running transactions, writes everything to disk and resolves when no process is left. */
  stop(): Promise<void>
  /** Kills the postmaster and all its children at once, as a crash would; resolves when none is left. */
  kill(): Promise<void>
}

// Sized for a laptop that runs every service beside it: few processes, little memory.
const defaultSettings: Record<string, string> = {
  shared_buffers: '64MB',
  max_connections: '100',
  jit: 'off',
  io_method: 'sync',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  max_wal_size: '512MB',
  huge_pages: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
}

const readyTimeoutMs = 120_000

/**
 * Starts PostgreSQL 18 on the data in `dir`, which is made first when there is none, and resolves when it accepts connections.
 * Rejects with PostgresStartError, or as aborted; existing data is never overwritten, nothing is left running.
 */
export async function startPostgres(options: StartOptions): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries()
  await createFolder(options.dir)
  const dir = await realpath(resolve(options.dir))
  const dataDir = join(dir, 'data')
  const settings = { ...defaultSettings, ...options.settings }
  const { signal } = options

  const data = await inspectData(dataDir)
  await awaitDataReleased(dataDir)
  if (!(await isPortFree(options.port))) throw portTaken(options.port)
  const password = await readOrCreatePassword(dir, data)
  const account = await chooseAccount(dataDir)
  if (data === 'absent') await initialiseData({ dir, binaries, account, durable: settings.fsync !== 'off', signal })
  signal?.throwIfAborted()

  const server = launch(binaries.postgres, serverArguments(dataDir, options.port, settings), { account, endsWithParent: true })
  const exited = new Promise<Exit>((settle) => {
    server.once('close', (code, signal) => settle({ code, signal }))
  })
  const pid = await awaitReady(server, { dataDir, port: options.port, log: options.log ?? (() => {}) })
  endWithUs(server)
  const url = (database = 'postgres') => `postgres://${superuser}:${password}@127.0.0.1:${options.port}/${encodeURIComponent(database)}`
  await proveUsable(url(), dataDir).catch(async (error) => {
    await stopServer(server, exited)
    throw error
  })
  return {
    port: options.port,
    pid,
    url,
    exited,
    stop: () => stopServer(server, exited),
    kill: () => killServer(server, pid, exited),
  }
}

function serverArguments(dataDir: string, port: number, settings: Record<string, string>): string[] {
  const fixed = { listen_addresses: '127.0.0.1', unix_socket_directories: '' }
  const parameters = Object.entries({ ...settings, ...fixed }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return ['-D', dataDir, '-p', String(port), ...parameters]
}

async function awaitReady(server: ChildProcess, where: { dataDir: string; port: number; log: (line: string) => void }): Promise<number> {
  const lines: string[] = []
  const slow = setTimeout(() => {
    lines.push(`FATAL: it was not ready after ${readyTimeoutMs / 1000} s`)
    server.kill('SIGKILL')
  }, readyTimeoutMs)
  server.stdout?.resume()
  return await new Promise<number>((ready, fail) => {
    const stderr = server.stderr
    if (stderr === null) throw new Error('The server was started without a pipe for its log')
    createInterface({ input: stderr }).on('line', (line) => {
      where.log(line)
      if (lines.length < 1000) lines.push(line)
      if (line.includes('database system is ready to accept connections') && server.pid !== undefined) ready(server.pid)
    })
    server.once('close', () => fail(explainStartFailure(lines, where.dataDir, where.port)))
    server.once('error', (cause) => fail(new PostgresStartError('failed', `PostgreSQL could not be run: ${cause.message}`, { cause })))
  }).finally(() => clearTimeout(slow))
}

// A server declares itself ready with half of its files gone; only a session finds out.
async function proveUsable(url: string, dataDir: string): Promise<void> {
  const sql = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => {} })
  try {
    await sql`select count(*) from pg_database`
  } catch (error) {
    if (error instanceof postgres.PostgresError) throw dataDamaged(dataDir, error.message)
    throw new PostgresStartError('failed', `PostgreSQL in ${dataDir} started but does not answer: ${String(error)}`, { cause: error })
  } finally {
    await sql.end({ timeout: 1 })
  }
}

// Where the kernel does not end the server with us, at least an ordinary exit does.
function endWithUs(server: ChildProcess): void {
  const interrupt = () => server.kill('SIGINT')
  process.once('exit', interrupt)
  server.once('close', () => process.removeListener('exit', interrupt))
}
