import type { JsonObject } from '@crm/openapi/json.ts'
import { textOf } from '@crm/openapi/json.ts'
import { type Operation, operationsOf, type Response, responsesOf } from '@crm/openapi/operations.ts'

/** An operation that a request reached. */
export interface FoundOperation extends Operation {
  /** For faults: `getLead (GET /v1/leads/{leadId})`. */
  title: string
  responses: Map<string, Response>
}

/** Finds the operation that a request reaches, as the router would: of its method, and where two paths fit, the one that names more. */
export function operationFinder(document: JsonObject): (method: string, url: string) => FoundOperation | undefined {
  const routes = operationsOf(document)
    .map((operation) => ({ found: describe(operation, document), steps: operation.path.split('/') }))
    .sort((a, b) => parameters(a.steps) - parameters(b.steps))
  return (method, url) => {
    const asked = (url.split('?', 1)[0] ?? url).split('/')
    return routes.find(({ found, steps }) => found.method === method.toLowerCase() && fits(asked, steps))?.found
  }
}

function describe(operation: Operation, document: JsonObject): FoundOperation {
  return {
    ...operation,
    title: `${textOf(operation.definition, 'operationId')} (${operation.name})`,
    responses: new Map(responsesOf(operation, document).map((response) => [response.status, response])),
  }
}

function parameters(steps: string[]): number {
  return steps.filter((step) => step.startsWith('{')).length
}

function fits(asked: string[], steps: string[]): boolean {
  return (
    asked.length === steps.length && steps.every((step, index) => step === asked[index] || (step.startsWith('{') && asked[index] !== ''))
  )
}
