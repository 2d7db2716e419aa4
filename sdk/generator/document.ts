/** The parts of an OpenAPI 3.1 document that the generator reads. */
export interface ApiDocument {
  info: { version: string }
  tags?: { name: string; description?: string }[]
  paths?: Record<string, PathItem>
  components?: { schemas?: Record<string, Schema> }
}

export type PathItem = Partial<Record<HttpMethod, DocumentedOperation>> & { parameters?: Ref<Parameter>[] }

export interface DocumentedOperation {
  operationId?: string
  tags?: string[]
  summary?: string
  description?: string
  deprecated?: boolean
  security?: object[]
  parameters?: Ref<Parameter>[]
  requestBody?: Ref<{ required?: boolean; content: Record<string, { schema?: Schema }> }>
  responses?: Record<string, Ref<Response>>
}

export interface Parameter {
  name: string
  in: 'query' | 'header' | 'path' | 'cookie'
  required?: boolean
  schema?: Schema
}

export interface Response {
  description?: string
  content?: Record<string, { schema?: Schema; examples?: Record<string, unknown> }>
}

export interface Schema {
  $ref?: string
  type?: string | string[]
  description?: string
  properties?: Record<string, Schema>
  items?: Schema
}

type Ref<T> = T | { $ref: string }

export const httpMethods = ['get', 'post', 'put', 'patch', 'delete'] as const
export type HttpMethod = (typeof httpMethods)[number]

/** What a part is, wherever in the document it is written. Throws when there is nothing at the place it refers to. */
export function resolve<T extends object>(document: ApiDocument, part: T | { $ref: string }): T {
  if (!('$ref' in part) || typeof part.$ref !== 'string') return part as T
  const names = part.$ref.split('/').slice(1)
  const target = names.reduce<unknown>((at, name) => {
    return typeof at === 'object' && at !== null ? Reflect.get(at, name.replaceAll('~1', '/').replaceAll('~0', '~')) : undefined
  }, document)
  if (typeof target !== 'object' || target === null) throw new Error(`The document has nothing at ${part.$ref}`)
  return resolve(document, target as T)
}

/** The name of the component schema that a schema refers to; undefined when it is written in place. */
export function modelName(schema: Schema | undefined): string | undefined {
  return schema?.$ref?.match(/^#\/components\/schemas\/([A-Za-z_$][\w$]*)$/)?.[1]
}
