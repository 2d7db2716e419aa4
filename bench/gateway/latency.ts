import { Agent, request } from 'undici'
import { type Distribution, distribution } from '../measurement/statistics.ts'
import type { MeasuredRequest } from './requests.ts'
import type { Door } from './throughput.ts'

const warmUp = 200
const pairs = 1_500

/**
 * Milliseconds from a request to the end of its answer, one request after the other, now at one door and now at the other: whatever
 * else the machine does meets both alike. By door.
 */
export async function measureLatency(
  doors: readonly Door[],
  { method, path, status, body }: MeasuredRequest,
): Promise<Map<string, Distribution>> {
  const dispatcher = new Agent({ connections: 1, pipelining: 1 })
  const measured = new Map<string, number[]>(doors.map(({ name }) => [name, []]))
  for (let pair = 0; pair < warmUp + pairs; pair++) {
    for (const { name, url, headers } of pair % 2 === 0 ? doors : doors.toReversed()) {
      const sent = body?.() ?? null
      const begun = performance.now()
      const answer = await request(url + path, { method, headers, body: sent, dispatcher })
      const text = await answer.body.text()
      const took = performance.now() - begun
      if (answer.statusCode !== status) throw new Error(`${name} answered ${answer.statusCode}: ${text}`)
      if (pair >= warmUp) measured.get(name)?.push(took)
    }
  }
  await dispatcher.close()
  return new Map([...measured].map(([name, times]) => [name, distribution(times)]))
}
