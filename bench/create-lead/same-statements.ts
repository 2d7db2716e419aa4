import { deepStrictEqual } from 'node:assert'
import { randomUUID } from 'node:crypto'
import type postgres from 'postgres'
import { callerHeaders, nextLeadBody } from '../load/lead-load.ts'
import type { Contender } from './contenders.ts'
import type { StatementTrace } from './statement-trace.ts'

// Not of the request: the relay's work beside it, and what the client asks once on each new connection.
const besideTheRequest = /outbox_shards|outbox_relays|outbox_events_committed|pg_catalog\.pg_type/

/** Throws unless each contender runs, for one request, the very statements of the first one, in the same transactions. */
export async function requireSameStatements(
  trace: StatementTrace,
  admin: postgres.Sql,
  contenders: readonly Contender[],
  keyed: boolean,
): Promise<void> {
  let expected: string[][] | undefined
  for (const { name, url, database } of contenders) {
    const units = await trace.during(admin, database, () => createOne(url, keyed))
    const ofTheRequest = units.filter((unit) => !unit.some((statement) => besideTheRequest.test(statement)))
    expected ??= ofTheRequest
    deepStrictEqual(ofTheRequest, expected, `${name} no longer runs the statements of the baseline: bring bare-statements.ts up to date`)
  }
}

async function createOne(url: string, keyed: boolean): Promise<void> {
  const headers = keyed ? { ...callerHeaders, 'idempotency-key': randomUUID() } : callerHeaders
  const answer = await fetch(`${url}/v1/leads`, { method: 'POST', headers, body: nextLeadBody() })
  const text = await answer.text()
  if (answer.status !== 201) throw new Error(`${url} answered ${answer.status} to the first lead: ${text}`)
}
