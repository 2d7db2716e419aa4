import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asDocument, type JsonObject, memberOf, textOf } from '@crm/openapi/json.ts'
import { operationsOf as operationsIn } from '@crm/openapi/operations.ts'

/** An operation of the public API. */
export interface Operation {
  id: string
  method: string
  /** As the document has it, such as `/v1/leads/{leadId}`. */
  path: string
}

export function operationsOf(document: JsonObject): Operation[] {
  return operationsIn(document).map(({ definition, method, path, name }) => ({
    id: textOf(definition, 'operationId') ?? name,
    method: method.toUpperCase(),
    path,
  }))
}

export type Service = 'user-service' | 'crm-service'

/** Which service answers a path of the public API. */
export function serviceFinder(): (path: string) => Service {
  const documents = (['user-service', 'crm-service'] as const).map((service) => {
    const text = readFileSync(join(import.meta.dirname, `../../../openapi/${service}.json`), 'utf8')
    return { service, paths: memberOf(asDocument(JSON.parse(text), service), 'paths') }
  })
  return (path) => {
    const found = documents.find(({ paths }) => memberOf(paths, path) !== undefined)
    if (!found) throw new Error(`no service has the path ${path}`)
    return found.service
  }
}
