import { readFileSync } from 'node:fs'
import type { JsonObject } from '@crm/openapi/json.ts'

const folder = new URL('../../../../openapi/', import.meta.url)

/** A generated OpenAPI document of this release: that of a service by its name, or the public API's, `gateway`. */
export function readDocument(name: string): JsonObject {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
}
