import type { Test } from 'tap'

/** What a call that gets no answer rejects with, for a reason that reads so. */
export const unavailableBy = (cause: RegExp) => ({
  name: 'AppError',
  code: 'dependency_unavailable',
  status: 503,
  headers: { 'Retry-After': '1' },
  message: /^user-service /,
  cause: { message: cause },
})

/**
 * What a call rejects with, or that it did not before `limitMs` milliseconds were over to this process. The limit is a timer of the same
 * event loop as the call's deadline, and set after it: a machine that stalls makes both late, and does not change their order.
 */
export async function rejectionWithin(limitMs: number, call: () => Promise<unknown>): Promise<unknown> {
  const rejection = call().then(
    () => 'an answer',
    (reason: unknown) => reason,
  )
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise((resolve) => {
    timer = setTimeout(() => setImmediate(resolve, `nothing within ${limitMs} ms`), limitMs)
  })
  return await Promise.race([rejection, limit]).finally(() => clearTimeout(timer))
}

/** Asserts that a call without an answer, or a connection, ends at its deadline; `limitMs` as above. */
export async function rejectsAtDeadline(
  t: Test,
  call: () => Promise<unknown>,
  { deadlineMs, limitMs }: { deadlineMs: number; limitMs: number },
): Promise<void> {
  t.match(
    await rejectionWithin(limitMs, call),
    unavailableBy(new RegExp(`^no whole answer within ${deadlineMs} ms$|^UND_ERR_CONNECT_TIMEOUT: .* timeout: ${deadlineMs}ms`)),
  )
}
