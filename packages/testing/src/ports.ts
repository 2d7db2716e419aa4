import { findFreePort } from '@crm/embedded-postgres/ports.ts'

const lowest = 20_000
const highest = 32_000

/** A port of 127.0.0.1 that is free now. It begins the search at random, so that test processes running at once rarely meet. */
export async function freePort(): Promise<number> {
  return await findFreePort(lowest + Math.floor(Math.random() * (highest - lowest)))
}
