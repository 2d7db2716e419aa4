import { newId } from '../ids/new-id.ts'

const safeId = /^[A-Za-z0-9._:-]{1,128}$/

/** The caller's `x-request-id` when it is 1 to 128 characters that are safe in logs and headers; a new UUIDv7 otherwise. */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && safeId.test(header) ? header : newId()
}
