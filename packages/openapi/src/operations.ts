import { elementsOf, isObject, type Json, type JsonObject, memberOf, membersOf, textOf } from './json.ts'
import { resolveObject } from './references.ts'

export const httpMethods = ['get', 'post', 'put', 'patch', 'delete', 'options', 'head', 'trace'] as const
export type HttpMethod = (typeof httpMethods)[number]

/** An operation of an OpenAPI document, and where it stands. */
export interface Operation {
  path: string
  method: HttpMethod
  /** Such as `POST /v1/leads`. */
  name: string
  /** As the document writes it; nothing of it is a copy. */
  definition: JsonObject
  /** The parameters that all operations of the path have. */
  shared: Json[]
}

export interface Parameter {
  name: string
  /** `path`, `query`, `header` or `cookie`. */
  in: string
  isRequired: boolean
  definition: JsonObject
}

export interface Response {
  /** Such as `200`, `4XX` or `default`. */
  status: string
  isSuccess: boolean
  definition: JsonObject
  headers: Header[]
}

export interface Header {
  name: string
  isRequired: boolean
  definition: JsonObject
}

/** Every operation, path by path; of a path, in the order of `httpMethods`. */
export function operationsOf(document: JsonObject): Operation[] {
  return membersOf(document.paths).flatMap(([path, item]) => {
    const operations = resolveObject(item, document)
    return httpMethods.flatMap((method) => {
      const definition = memberOf(operations, method)
      if (!isObject(definition)) return []
      return [{ path, method, name: `${method.toUpperCase()} ${path}`, definition, shared: elementsOf(operations?.parameters) }]
    })
  })
}

/** The parameters of an operation and of its path; its own stand in for those of the path that have the same name. */
export function parametersOf({ definition, shared }: Operation, document: JsonObject): Parameter[] {
  const written = [...shared, ...elementsOf(definition.parameters)].map((part) => resolveObject(part, document)).filter(isObject)
  const parameters = written.map((one) => ({
    name: String(one.name),
    in: String(one.in),
    isRequired: one.required === true,
    definition: one,
  }))
  return [...new Map(parameters.map((one) => [`${one.in} ${nameIn(one)}`, one])).values()]
}

/** The name of a parameter, as requests compare it: headers are the same in capitals. */
export function nameIn(parameter: Pick<Parameter, 'in' | 'name'>): string {
  return parameter.in === 'header' ? parameter.name.toLowerCase() : parameter.name
}

/** The request body; undefined when the operation takes none. */
export function bodyOf({ definition }: Operation, document: JsonObject): { isRequired: boolean; definition: JsonObject } | undefined {
  const body = resolveObject(definition.requestBody, document)
  return body && { isRequired: body.required === true, definition: body }
}

/** The documented responses, by status. */
export function responsesOf({ definition }: Operation, document: JsonObject): Response[] {
  return membersOf(definition.responses).flatMap(([status, part]) => {
    const response = resolveObject(part, document)
    if (!response) return []
    return [{ status, isSuccess: status.startsWith('2'), definition: response, headers: headersOf(response, document) }]
  })
}

/** The ways to show who calls, each enough; the operation's own, else the document's. */
export function securityOf({ definition }: Operation, document: JsonObject): JsonObject[] | undefined {
  const security = definition.security ?? document.security
  return security === undefined ? undefined : elementsOf(security).filter(isObject)
}

/** The codes that the problems of a response may have; undefined where the document does not say. */
export function problemCodesOf({ definition }: Pick<Response, 'definition'>): string[] | undefined {
  const codes = definition['x-problem-codes']
  return codes === undefined ? undefined : elementsOf(codes).map(String)
}

/** The version of the API that the document is of. Throws when it names none. */
export function versionOf(document: JsonObject): string {
  const version = textOf(document.info, 'version')
  if (version === undefined) throw new Error('The document names no version')
  return version
}

function headersOf(response: JsonObject, document: JsonObject): Header[] {
  return membersOf(response.headers).flatMap(([name, part]) => {
    const header = resolveObject(part, document)
    return header ? [{ name, isRequired: header.required === true, definition: header }] : []
  })
}
