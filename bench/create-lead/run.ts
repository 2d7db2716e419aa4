import { withTeardown } from '../measurement/teardown.ts'
import type { BenchOptions } from '../options.ts'
import { startBare, startCrmService, startUserService } from './contenders.ts'
import { startTracedDatabases } from './databases.ts'
import { describeVariant, type Summary, summarize } from './report.ts'
import { runRounds } from './rounds.ts'
import { requireSameStatements } from './same-statements.ts'
import { traceStatements } from './statement-trace.ts'

const variants = [
  { name: 'plain', title: 'POST /v1/leads', keyed: false },
  { name: 'keyed', title: 'POST /v1/leads with Idempotency-Key', keyed: true },
]

/** Measures crm-service against the bare baseline on one server, round by round. Prints tables; returns the medians by variant and contender. */
export async function benchCreateLead(options: BenchOptions): Promise<Record<string, Record<string, Summary>>> {
  return await withTeardown(async (t) => {
    const trace = traceStatements()
    const databases = await startTracedDatabases(t, trace)
    const admin = databases.connect('postgres')
    const userServiceUrl = await startUserService(t, databases)
    const crm = { userServiceUrl }
    const alone = { ...crm, name: 'crm-service', database: 'crm_alone', busDatabase: 'no_bus' }
    const publishing = { ...crm, name: 'crm-service, publishing', database: 'crm_publishing', busDatabase: 'bus_db' }
    const contenders = [
      await startBare(t, databases),
      await startCrmService(t, databases, alone),
      await startCrmService(t, databases, publishing),
    ]
    for (const { keyed } of variants) await requireSameStatements(trace, admin, contenders, keyed)

    const results: Record<string, Record<string, Summary>> = {}
    for (const { name, title, keyed } of variants) {
      const summaries = summarize(await runRounds(contenders, keyed, options), 'bare')
      console.log(describeVariant(title, summaries, alone.name))
      results[name] = summaries
    }
    return results
  })
}
