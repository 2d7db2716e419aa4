import type { JsonObject } from '@crm/openapi/json.ts'
import { pointerTo } from '@crm/openapi/references.ts'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'

/** Says what is wrong with a value by the schema at a place of the document (the steps to it); nothing when it is right. */
export type ValueCheck = (place: readonly string[], value: unknown) => string[]

/**
 * Checks values by the schemas of an OpenAPI 3.1 or AsyncAPI 3 document. With `isClosed`, fields that a schema does not name are
 * faults: what is not in the document is not there, although clients must put up with more.
 */
export function valueCheck(document: JsonObject, { isClosed = false }: { isClosed?: boolean } = {}): ValueCheck {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false })
  ajvFormats.default(ajv)
  ajv.addFormat('idn-email', /^[^\s@]+@[^\s@]+$/)
  ajv.addSchema(isClosed ? closed(document) : document, 'document')
  const compiled = new Map<string, ValidateFunction>()
  return (place, value) => {
    // A component is compiled once, however often it is referred to.
    const $ref = pointerTo(place, document)
    const validate = compiled.get($ref) ?? ajv.compile({ $ref: `document${$ref}` })
    compiled.set($ref, validate)
    if (validate(value)) return []
    return (validate.errors ?? []).map(({ instancePath, message, params }) => {
      const field: unknown = params.additionalProperty
      return `${instancePath || '/'} ${message}${typeof field === 'string' ? ` ('${field}')` : ''}`
    })
  }
}

function closed(document: object): object {
  return JSON.parse(JSON.stringify(document), (_name, part: unknown) => {
    const isObjectSchema = typeof part === 'object' && part !== null && 'properties' in part && 'type' in part && part.type === 'object'
    return isObjectSchema && !('additionalProperties' in part) ? { ...part, additionalProperties: false } : part
  })
}
