/**
 * The wait that `Retry-After` asks for, in milliseconds: seconds, or a date, which is read by the server's own clock where the response
 * tells it. Undefined when the header is missing or neither.
 */
export function retryAfterMs(headers: Headers, now: number = Date.now()): number | undefined {
  const value = headers.get('retry-after')?.trim()
  if (value === undefined || value === '') return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1000
  // Engines read much as a date; HTTP's begin with the day of the week.
  const at = /^[A-Z][a-z]+,? /.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(at)) return undefined
  const serverNow = Date.parse(headers.get('date') ?? '')
  return Math.max(0, at - (Number.isNaN(serverNow) ? now : serverNow))
}
