import { findFreePort } from '@crm/local-processes/ports.ts'

const lowest = 20_000
const highest = 32_000
const slice = 40

// Test processes that run at once begin in slices of their own. A port chosen at random could be one that another test leaves free for
// a moment: until its process listens, or while that is started again.
const first = lowest + (process.pid % Math.floor((highest - lowest) / slice)) * slice
let last: Promise<number> = Promise.resolve(first - 1)

/** A port of 127.0.0.1 that is free now, and that this process was not given before. */
export function freePort(): Promise<number> {
  const port = last.then((before) => findFreePort(before < highest ? before + 1 : lowest))
  last = port.catch(() => first - 1)
  return port
}

/** Ports that are free now, no two the same. */
export async function freePorts(count: number): Promise<number[]> {
  return await Promise.all(Array.from({ length: count }, freePort))
}
