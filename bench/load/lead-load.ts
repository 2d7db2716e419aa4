import { randomUUID } from 'node:crypto'
import autocannon from 'autocannon'
import { sampleCompanyIds, sampleUserIds } from 'user-service/sample-data/sample-data.ts'

export interface LeadLoad {
  url: string
  connections: number
  seconds: number
  /** Whether each request has an Idempotency-Key of its own. */
  keyed: boolean
}

export interface LeadLoadResult {
  /** The bodies of the answers with 201, one for each lead. */
  answers: string[]
  /** Requests written, those included that were under way when the time was up. */
  sent: number
  /** Created leads per second. */
  rate: number
  /** Milliseconds. */
  latency: { p50: number; p99: number }
}

/** Headers of the sample CHILD_USER, to whose company the leads belong. */
export const callerHeaders = { 'content-type': 'application/json', 'x-user-id': sampleUserIds.west }

let leads = 0

/** The body of a lead nobody has asked for before. */
export function nextLeadBody(): string {
  leads++
  return JSON.stringify({ name: `Leonie Köhler ${leads}`, email: `lead-${leads}@bench.example`, companyId: sampleCompanyIds.acmeWest })
}

/** Creates leads one after the other on each connection for a time. Throws when any answer is not 201. */
export async function loadWithLeads({ url, connections, seconds, keyed }: LeadLoad): Promise<LeadLoadResult> {
  let sent = 0
  const answers: string[] = []
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    requests: [
      {
        method: 'POST',
        path: '/v1/leads',
        headers: callerHeaders,
        setupRequest(request) {
          sent++
          const headers = keyed ? { ...callerHeaders, 'idempotency-key': randomUUID() } : callerHeaders
          return { ...request, headers: { ...headers }, body: nextLeadBody() }
        },
        onResponse(status, body) {
          if (status === 201) answers.push(body)
        },
      },
    ],
  })
  if (answers.length === 0 || answers.length !== result['2xx'] || result.non2xx + result.errors > 0) {
    throw new Error(`Not every lead was created at ${url}: ${result.errors} errors, answers ${JSON.stringify(result.statusCodeStats)}`)
  }
  return { answers, sent, rate: answers.length / result.duration, latency: { p50: result.latency.p50, p99: result.latency.p99 } }
}
