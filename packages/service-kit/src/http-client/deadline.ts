/**
 * Calls back once this many milliseconds are over and what had arrived by then is read: to a process that was busy for so long its timers
 * come before its sockets. Returns what calls it off.
 */
export function startDeadline(ms: number, onOver: () => void): () => void {
  let lastReads: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    lastReads = setImmediate(onOver)
  }, ms)
  return () => {
    clearTimeout(timer)
    clearImmediate(lastReads)
  }
}
