import type { JsonObject } from '@crm/openapi/json.ts'
import { describeChange } from '../../contract/compatibility/change.ts'
import { openApiChanges } from '../../contract/compatibility/openapi-changes.ts'
import type { Changes } from './changed.ts'

/** A change of the example API that breaks somebody, and the lines that say so. */
export interface BreakingChange {
  name: string
  change: Changes
  lines: string[]
}

/** What breaks those who speak HTTP, a line each. */
export function changesBetween(before: JsonObject, after: JsonObject): string[] {
  return openApiChanges(before, after).map(describeChange)
}
