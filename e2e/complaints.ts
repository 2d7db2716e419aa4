interface Line {
  msg: string
  /** Of the problem that was answered. */
  code?: string
  /** Why a service gave no answer. */
  reason?: string
  err?: { message?: string }
}

const lateReason = /^no whole answer within |^UND_ERR_CONNECT_TIMEOUT: /
const openCircuit = /circuit breaker is open/

/** What a process logs that works when another answers late, as it may where the machine is slow. */
const ofLateness: readonly ((line: Line) => boolean)[] = [
  ({ msg, reason = '' }) => /^\S+ gave no answer$/.test(msg) && lateReason.test(reason),
  // Only after the line above.
  ({ msg }) => /^\S+ is not asked for \d+ ms: the circuit is open$/.test(msg),
  ({ msg, code, err: { message = '' } = {} }) =>
    msg === 'request failed' && code === 'dependency_unavailable' && (lateReason.test(message) || openCircuit.test(message)),
  // The database and the broker: see OutageLog.
  ({ msg, err }) => /; (it|this) .*retries until it (can|works)$/.test(msg) && /time(d )?_?out/i.test(err?.message ?? ''),
]

/** What a process has logged above the level `info`, or said outside its log: the messages, but for those of late answers. */
export function complaintsIn(output: string): string[] {
  const lines = output.split('\n').filter((line) => line !== '' && !line.includes('"level":"info"'))
  return lines.flatMap((text) => {
    if (!text.startsWith('{')) return [text]
    const line: Line = JSON.parse(text)
    return ofLateness.some((isOf) => isOf(line)) ? [] : [line.msg]
  })
}
