import { isObject, type Json, type JsonObject } from '@crm/openapi/json.ts'
import { operationsOf } from '@crm/openapi/operations.ts'
import { resolve, schemaName } from '@crm/openapi/references.ts'

/** The component schemas that requests are made of and no response is: whoever writes one may leave its optional members undefined. */
export function requestModels(document: JsonObject): Set<string> {
  const operations = operationsOf(document).map(({ definition }) => definition)
  const sent = modelsIn(
    document,
    operations.map(({ requestBody = null }) => requestBody),
  )
  const answered = modelsIn(
    document,
    operations.map(({ responses = null }) => responses),
  )
  return new Set([...sent].filter((name) => !answered.has(name)))
}

/** The component schemas that a part of the document refers to, also by way of other components. */
function modelsIn(document: JsonObject, part: Json): Set<string> {
  const names = new Set<string>()
  const seen = new Set<string>()
  const visit = (value: Json): void => {
    if (isObject(value) && typeof value.$ref === 'string' && !seen.has(value.$ref)) {
      seen.add(value.$ref)
      const name = schemaName(value)
      if (name !== undefined) names.add(name)
      visit(resolve(value, document).part)
    }
    for (const member of Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []) visit(member)
  }
  visit(part)
  return names
}
