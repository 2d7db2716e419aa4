import { until } from '@crm/testing/poll.ts'
import type postgres from 'postgres'

/** What PostgreSQL ran, read from its log: `log` gets the server's lines, `settings` make them readable. */
export interface StatementTrace {
  settings: Record<string, string>
  log(line: string): void
  /** Runs `act` with every statement logged, again and again until some were, and returns those of one database in units: a transaction, or one statement alone. */
  during(admin: postgres.Sql, database: string, act: () => Promise<unknown>): Promise<string[][]>
}

interface Logged {
  database: string
  backend: string
  statement: string
}

const firstLine = /^bench\|(?<database>[^|]*)\|(?<backend>\d+)\|(?<severity>\w+):\s+(?<message>.*)$/
const marker = 'end of the traced statements'

export function traceStatements(): StatementTrace {
  let logged: Logged[] = []
  let current: Logged | undefined

  return {
    settings: { log_line_prefix: 'bench|%d|%p|' },
    log(line) {
      const parts = firstLine.exec(line)?.groups
      if (parts === undefined) {
        if (current !== undefined) current.statement += ` ${line}`
        return
      }
      const statement = /^(?:execute [^:]*|statement): (.*)$/.exec(parts.message ?? '')?.[1]
      current = undefined
      if (parts.severity !== 'LOG' || statement === undefined) return
      current = { database: parts.database ?? '', backend: parts.backend ?? '', statement }
      logged.push(current)
    },
    async during(admin, database, act) {
      await setLogging(admin, 'all')
      const units = await until(
        async () => {
          logged = []
          await act()
          await admin.unsafe(`select '${marker}'`)
          await until(() => logged.some(({ statement }) => statement.includes(marker)), { timeoutMs: 1_000, what: 'the log is read' })
          const found = unitsOf(logged.filter((entry) => entry.database === database))
          return found.length > 0 && found
        },
        { timeoutMs: 10_000, what: `statements on ${database} are logged` },
      )
      await setLogging(admin, 'none')
      return units
    },
  }
}

async function setLogging(admin: postgres.Sql, which: 'all' | 'none'): Promise<void> {
  await admin.unsafe(`alter system set log_statement = '${which}'`)
  await admin`select pg_reload_conf()`
}

function unitsOf(logged: readonly Logged[]): string[][] {
  const units: string[][] = []
  const open = new Map<string, string[]>()
  for (const { backend, statement } of logged) {
    const text = statement.replace(/\s+/g, ' ').trim()
    const transaction = open.get(backend)
    if (transaction !== undefined) transaction.push(text)
    else units.push(text === 'begin' ? startTransaction(open, backend) : [text])
    if (text === 'commit' || text === 'rollback') open.delete(backend)
  }
  return units
}

function startTransaction(open: Map<string, string[]>, backend: string): string[] {
  const transaction = ['begin']
  open.set(backend, transaction)
  return transaction
}
