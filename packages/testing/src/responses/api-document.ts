import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** What the checks read of an OpenAPI document. */
export interface ApiDocument {
  paths: Record<string, Record<string, unknown>>
  components?: { headers?: Record<string, Header> }
}

export interface Operation {
  operationId: string
  responses: Record<string, Response>
}

interface Response {
  headers?: Record<string, Header | { $ref: string }>
  content?: Record<string, unknown>
}

interface Header {
  required?: boolean
}

/** An operation, and where it stands in its document. */
export interface FoundOperation extends Operation {
  method: string
  path: string
}

/** The document of the whole public API, as it is in the repository. */
export function publicApi(): ApiDocument {
  return JSON.parse(readFileSync(join(resolve(import.meta.dirname, '../../../..'), 'openapi/gateway.json'), 'utf8'))
}

/** Finds the operation that a request reaches, as the router would: of its method, and where two paths fit, the one that names more. */
export function operationFinder({ paths }: ApiDocument): (method: string, url: string) => FoundOperation | undefined {
  const routes = Object.entries(paths)
    .map(([path, item]) => ({ path, item, steps: path.split('/') }))
    .sort((a, b) => parameters(a.steps) - parameters(b.steps))
  return (method, url) => {
    const asked = (url.split('?', 1)[0] ?? url).split('/')
    for (const { path, item, steps } of routes) {
      const operation = item[method.toLowerCase()]
      if (fits(asked, steps) && isOperation(operation)) return { ...operation, method, path }
    }
    return undefined
  }
}

/** The names of the headers that a response always has, in lower case. */
export function requiredHeaders({ headers = {} }: Response, { components }: ApiDocument): string[] {
  return Object.entries(headers)
    .filter(([, header]) => ('$ref' in header ? components?.headers?.[header.$ref.split('/').at(-1) ?? ''] : header)?.required)
    .map(([name]) => name.toLowerCase())
}

function parameters(steps: string[]): number {
  return steps.filter((step) => step.startsWith('{')).length
}

function fits(asked: string[], steps: string[]): boolean {
  return (
    asked.length === steps.length && steps.every((step, index) => step === asked[index] || (step.startsWith('{') && asked[index] !== ''))
  )
}

function isOperation(part: unknown): part is Operation {
  return typeof part === 'object' && part !== null && 'operationId' in part
}
