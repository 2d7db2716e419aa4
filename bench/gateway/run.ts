import { logIn, logins } from '../gateway-system/log-in.ts'
import { startGatewaySystem, wideLimits } from '../gateway-system/start-system.ts'
import { nextLeadBody } from '../load/lead-load.ts'
import { withTeardown } from '../measurement/teardown.ts'
import type { BenchOptions } from '../options.ts'
import { measureLatency } from './latency.ts'
import { type Comparison, compare, describeComparison } from './report.ts'
import { measuredRequests } from './requests.ts'
import { type Door, measureThroughput } from './throughput.ts'

/** Measures the same requests, with the same headers, straight at crm-service and through the gateway before it. */
export async function benchGateway(options: BenchOptions): Promise<Record<string, Comparison>> {
  return await withTeardown(async (t) => {
    const { gateway, crm, databases } = await startGatewaySystem(t, wideLimits)
    const headers = await logIn(gateway.url, logins.west)
    const doors: Door[] = [
      { name: 'direct', url: crm.url, headers, pids: [crm.pid] },
      { name: 'gateway', url: gateway.url, headers, pids: [crm.pid, gateway.pid] },
    ]
    const sql = databases.connect('crm_db')
    const leadId = await createLead(crm.url, headers)
    const results: Record<string, Comparison> = {}
    for (const request of measuredRequests(leadId)) {
      const latencies = await measureLatency(doors, request)
      // Each round meets as many rows as the others.
      const emptyOutbox = async () => void (await sql`truncate outbox`)
      const rounds = await measureThroughput(doors, request, options, emptyOutbox)
      results[request.name] = compare(rounds, latencies)
      console.log(describeComparison(request.title, compare(rounds, latencies)))
    }
    return results
  })
}

async function createLead(url: string, headers: Record<string, string>): Promise<string> {
  const answer = await fetch(`${url}/v1/leads`, { method: 'POST', headers, body: nextLeadBody() })
  const lead = (await answer.json()) as { id: string }
  if (answer.status !== 201) throw new Error(`the lead was answered ${answer.status}: ${JSON.stringify(lead)}`)
  return lead.id
}
