import type { JsonObject } from '@crm/openapi/json.ts'
import openapiTypescript, { astToString, STRING, tsIntersection, tsLiteral, tsUnion } from 'openapi-typescript'
import ts from 'typescript'
import { notice } from './render-text.ts'

/**
 * TypeScript: every type of the document. A list of values that says it grows (`x-extensible`) is also any other string, so that no
 * program takes it for complete; editors still offer its values.
 */
export async function renderSchema(document: JsonObject): Promise<string> {
  const anyString = tsIntersection([STRING, ts.factory.createTypeLiteralNode([])])
  const nodes = await openapiTypescript(JSON.stringify(document), {
    defaultNonNullable: false,
    transform: (schema) => {
      const isExtensible = 'x-extensible' in schema && schema['x-extensible'] === true
      if (!isExtensible || !('enum' in schema) || !Array.isArray(schema.enum)) return undefined
      return tsUnion([...schema.enum.map(tsLiteral), ts.factory.createParenthesizedType(anyString)])
    },
  })
  return `${notice}${astToString(nodes)}`
}
