import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asDocument, type JsonObject } from '@crm/openapi/json.ts'
import { repositoryRoot } from '../repository-root.ts'

/** The document of the whole public API, as it is in the repository. */
export function publicApi(): JsonObject {
  return asDocument(JSON.parse(readFileSync(join(repositoryRoot, 'openapi/gateway.json'), 'utf8')), 'openapi/gateway.json')
}
