/** Milliseconds since 1970 by a clock that is never set while the process runs, and so may differ a little from the time of day. */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now()
}
