import { Ajv, type ErrorObject, type Options } from 'ajv'
import ajvFormats from 'ajv-formats'
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify'
import type { InputError } from '../errors/app-error.ts'
import { textKeyword } from './text-keyword.ts'

// ajv-formats would also accept urn:uuid: forms, which the database and the access rules do not know.
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
// Real addresses have letters of every script on both sides of the @. Quoted local parts and bare host names are not among them.
const emailAddress =
  /^[^\s\p{C}@<>()[\]\\,;:".]+(?:\.[^\s\p{C}@<>()[\]\\,;:".]+)*@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{M}\p{N}-]{2,}$/u
/** Errors of one request that are named at most. */
export const reportedErrors = 20

/** Request parts that arrive as text and are read as the schema's types; bodies keep the types they came with. */
const textParts = new Set(['querystring', 'params', 'headers'])

/** Builds Fastify's validator: unknown fields refused, bodies never coerced, text normalised, every fault reported. */
export function buildValidator(sharedSchemas: unknown): FastifySchemaCompiler<unknown> {
  const shared = Object.values(sharedSchemas as Record<string, object>)
  const strict = createAjv(shared, { coerceTypes: false })
  const coercing = createAjv(shared, { coerceTypes: true })
  return ({ schema, httpPart }) => (textParts.has(httpPart ?? '') ? coercing : strict).compile(schema as object)
}

function createAjv(schemas: object[], options: Options): Ajv {
  const ajv = new Ajv({ ...options, allErrors: true, useDefaults: true, removeAdditional: false, strict: false })
  ajvFormats.default(ajv)
  ajv.addFormat('uuid', uuid)
  ajv.addFormat('idn-email', isEmailAddress)
  ajv.addKeyword(textKeyword)
  for (const schema of schemas) ajv.addSchema(schema)
  return ajv
}

// RFC 5321: 64 octets before the @, 254 in all.
function isEmailAddress(text: string): boolean {
  return emailAddress.test(text) && Buffer.byteLength(text) <= 254 && Buffer.byteLength(text.slice(0, text.indexOf('@'))) <= 64
}

/** Turns validation errors of one request part into pointers such as `/body/email` with a message a person can act on. */
export function inputErrors(errors: readonly FastifySchemaValidationError[], part: string | undefined): InputError[] {
  const root = part === 'querystring' ? '/query' : part === 'params' ? '/path' : `/${part ?? 'body'}`
  const seen = new Map<string, InputError>()
  for (const error of errors as ErrorObject[]) {
    const found = { pointer: root + error.instancePath + missingPart(error), message: messageOf(error, root) }
    if (error.keyword !== 'anyOf' && seen.size < reportedErrors) seen.set(`${found.pointer} ${found.message}`, found)
  }
  return [...seen.values()]
}

function missingPart(error: ErrorObject): string {
  const name: unknown = error.params.additionalProperty ?? error.params.missingProperty
  return typeof name === 'string' ? pointerTo(name) : ''
}

/** The last part of a JSON pointer, escaped as RFC 6901 says. */
export function pointerTo(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

function messageOf(error: ErrorObject, root: string): string {
  if (error.keyword === 'additionalProperties') return root === '/query' ? 'is not a known parameter' : 'is not a known field'
  if (error.keyword === 'required') return 'is required'
  if (error.keyword === 'enum') return `must be one of ${(error.params.allowedValues as unknown[]).join(', ')}`
  if (error.keyword === 'format' && error.params.format === 'idn-email') return 'must be an email address'
  return error.message ?? 'is not valid'
}
