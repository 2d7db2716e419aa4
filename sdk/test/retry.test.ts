import t from 'tap'
import { apiErrorOf } from '../src/api-error.ts'
import { CrmAbortError, CrmConnectionError, CrmTimeoutError } from '../src/errors.ts'
import { metadataOf } from '../src/response-metadata.ts'
import { retryDelayMs } from '../src/retry.ts'
import { retryAfterMs } from '../src/retry-after.ts'

const policy = { maxRetries: 3, maxRetryAfterMs: 30_000 }

function refused(status: number, options: { code?: string; headers?: Record<string, string> } = {}) {
  const { code = 'unavailable', headers = {} } = options
  return apiErrorOf('GET /v1/leads', metadataOf(new Response(null, { status, headers }), undefined), { code, detail: '' })
}

function delayAfter(error: unknown, options: { retries?: number; isRepeatable?: boolean; random?: number } = {}): number | undefined {
  const { retries = 0, isRepeatable = true, random = 1 } = options
  return retryDelayMs({ error, retries, isRepeatable }, policy, () => random)
}

t.test('only what may pass is tried again, and only where a second request does no harm', async (t) => {
  const passing = [
    new CrmConnectionError('lost'),
    new CrmTimeoutError('slow'),
    ...[408, 429, 502, 503, 504].map((status) => refused(status)),
    refused(409, { code: 'idempotency_in_progress' }),
  ]
  for (const error of passing) {
    t.ok(delayAfter(error), `${error.name} ${error.status}`)
    // Who is refused by 429 has done nothing yet.
    if (error.status === 429) t.ok(delayAfter(error, { isRepeatable: false }))
    else t.equal(delayAfter(error, { isRepeatable: false }), undefined)
  }
  const final = [
    new CrmAbortError('aborted'),
    new TypeError('defect'),
    ...[400, 401, 403, 404, 412, 422, 500].map((status) => refused(status, { code: 'other' })),
    refused(409, { code: 'lead_already_exists' }),
    refused(422, { code: 'idempotency_key_reused' }),
  ]
  for (const error of final) t.equal(delayAfter(error), undefined, `${error.name} ${error.message}`)
})

t.test('the wait doubles up to 5 s, with half of it by chance, and ends after the last retry', async (t) => {
  const lost = new CrmConnectionError('lost')
  const waits = (random: number) => [0, 1, 2].map((retries) => delayAfter(lost, { retries, random }))
  t.same(waits(1), [300, 600, 1200])
  t.same(waits(0), [150, 300, 600])
  t.equal(delayAfter(lost, { retries: 3 }), undefined)
  t.ok(delayAfter(refused(409, { code: 'idempotency_in_progress' }), { retries: 3 }), 'what still runs is waited for')
  t.equal(
    retryDelayMs({ error: lost, retries: 9, isRepeatable: true }, { ...policy, maxRetries: 10 }, () => 1),
    5_000,
  )
})

t.test('Retry-After is a lower bound, and a longer one than allowed ends the tries', async (t) => {
  const asking = (seconds: string) => refused(503, { headers: { 'retry-after': seconds } })
  t.equal(delayAfter(asking('7')), 7_150)
  t.equal(delayAfter(asking('0')), 150)
  t.equal(delayAfter(asking('30')), 30_150)
  t.equal(delayAfter(asking('31')), undefined)
})

t.test("Retry-After is seconds or a date, and a date is read by the server's clock", async (t) => {
  const now = Date.parse('2026-01-31T09:30:00Z')
  const read = (headers: Record<string, string>) => retryAfterMs(new Headers(headers), now)
  t.equal(read({ 'retry-after': '120' }), 120_000)
  t.equal(read({ 'retry-after': 'Sat, 31 Jan 2026 09:30:05 GMT' }), 5_000)
  t.equal(read({ 'retry-after': 'Sat, 31 Jan 2026 09:29:00 GMT' }), 0, 'a moment that is over')
  t.equal(read({ 'retry-after': 'Sat, 31 Jan 2026 11:00:05 GMT', date: 'Sat, 31 Jan 2026 11:00:00 GMT' }), 5_000)
  for (const value of ['', 'soon', '-1', '1.5']) t.equal(read({ 'retry-after': value }), undefined, value)
  t.equal(read({}), undefined)
})
