import { PgDialect } from 'drizzle-orm/pg-core'
import { PostgresJsDatabase, PostgresJsSession } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'

/** What a query runs on: the pool, or one transaction. `orm` builds typed queries; `sql` is for hot statements and sees the same connection. */
export interface Executor {
  readonly sql: postgres.ISql
  readonly orm: PostgresJsDatabase
  /** Runs `work` in one transaction, or in a savepoint of the one that is open: keeps its effects when it resolves, undoes them and rethrows when it rejects. */
  transaction<T>(work: (tx: Executor) => Promise<T>): Promise<T>
}

/** A pool of connections to one database. Its owner closes it. */
export interface Database extends Executor {
  /** Waits up to 5 s for running queries, then closes every connection. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  url: string
  /** Connections at most; default 10. */
  maxConnections?: number
  /** Shown in pg_stat_activity. */
  applicationName: string
}

const dialect = new PgDialect()

// Milliseconds. A request has 10 s in all; a wait for a lock ends well before, so that the pool is not filled with waiting. A client that
// freezes between two messages of one statement is neither idle nor over a statement's limit to the server: the transaction's ends it.
const timeLimits = {
  statement_timeout: 10_000,
  lock_timeout: 5_000,
  idle_in_transaction_session_timeout: 15_000,
  transaction_timeout: 30_000,
}

/**
 * Opens a pool lazily: no connection is made before the first query. Times are `Date`, bigint columns are strings, JSON is
 * parsed. The server ends a statement after 10 s, a wait for a lock after 5 s, a transaction that is left idle after 15 s and
 * any after 30 s, unless the URL's query names other limits. PostgreSQL 17 or newer.
 */
export function connectDatabase(options: DatabaseOptions): Database {
  const sql = postgres(options.url, {
    max: options.maxConnections ?? 10,
    connect_timeout: 5,
    // Seconds between attempts while the server is away: short, so that a service is back within a second of its database.
    backoff: (attempt: number) => Math.min(0.05 * 2 ** attempt, 1),
    connection: { application_name: options.applicationName, ...timeLimits },
    onnotice: () => {},
    types: { json: jsonType },
  })
  return {
    sql,
    orm: ormOn(sql),
    transaction: (work) => sql.begin((tx) => work(executorOn(tx))) as Promise<never>,
    close: () => sql.end({ timeout: 5 }),
  }
}

function executorOn(tx: postgres.TransactionSql): Executor {
  let orm: PostgresJsDatabase | undefined
  return {
    sql: tx,
    get orm() {
      orm ??= ormOn(tx)
      return orm
    },
    transaction: (work) => tx.savepoint((nested) => work(executorOn(nested))) as Promise<never>,
  }
}

/** Whether an error is the refusal of a duplicate by a unique index. */
export function uniqueViolation(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && cause.code === '23505') return true
  }
  return false
}

// drizzle hands over JSON as text already; the client would encode that text a second time.
const jsonType = {
  to: 114,
  from: [114, 3802],
  serialize: (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)),
  parse: (text: string) => JSON.parse(text) as unknown,
}

// drizzle() would replace the client's date and JSON parsers for everyone; a session of our own leaves them alone and works on a transaction too.
function ormOn(client: postgres.ISql): PostgresJsDatabase {
  const session = new PostgresJsSession(client as postgres.Sql, dialect, undefined)
  return new PostgresJsDatabase(dialect, session as never, undefined)
}
