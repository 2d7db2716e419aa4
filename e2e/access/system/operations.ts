import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ApiDocument } from '@crm/testing/responses/api-document.ts'

/** An operation of the public API. */
export interface Operation {
  id: string
  method: string
  /** As the document has it, such as `/v1/leads/{leadId}`. */
  path: string
}

const methods = ['get', 'post', 'put', 'patch', 'delete']

export function operationsOf({ paths }: ApiDocument): Operation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => methods.includes(method))
      .map(([method, operation]) => ({ id: (operation as { operationId: string }).operationId, method: method.toUpperCase(), path })),
  )
}

export type Service = 'user-service' | 'crm-service'

/** Which service answers a path of the public API. */
export function serviceFinder(): (path: string) => Service {
  const documents = (['user-service', 'crm-service'] as const).map((service) => {
    const text = readFileSync(join(import.meta.dirname, `../../../openapi/${service}.json`), 'utf8')
    const { paths }: ApiDocument = JSON.parse(text)
    return { service, paths }
  })
  return (path) => {
    const found = documents.find(({ paths }) => path in paths)
    if (!found) throw new Error(`no service has the path ${path}`)
    return found.service
  }
}
