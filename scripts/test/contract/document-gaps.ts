import { elementsOf, type Json, type JsonObject, memberOf, membersOf } from '@crm/openapi/json.ts'
import { type Operation, operationsOf, type Parameter, parametersOf } from '@crm/openapi/operations.ts'
import { resolveObject } from '@crm/openapi/references.ts'
import { valueCheck } from '@crm/testing/responses/value-check.ts'
import { problemGaps, staleExceptions } from './problem-gaps.ts'

/** An example, and where its schema is. */
interface Shown {
  name: string
  /** Steps in the document to the schema, and to nothing else. */
  place: string[]
  value: Json
}

/** Audits an OpenAPI document: names, texts, errors and examples of every operation. A line for each gap. */
export function auditApi(document: JsonObject): string[] {
  const operations = operationsOf(document)
  const gaps = operations.flatMap((operation) => [
    ...textGaps(operation, document),
    ...problemGaps(operation, document),
    ...bodiesWithoutExample(operation),
  ])
  const shown = [...operations.flatMap(shownIn), ...shownBySchemas(document)]
  return [...staleExceptions(operations), ...gaps, ...faults(document, shown)]
}

/** Audits an AsyncAPI document: texts and examples of every message. A line for each gap. */
export function auditEvents(document: JsonObject): string[] {
  const messages = membersOf(memberOf(document.components, 'messages'))
  const shown = messages.flatMap(([name, message]) =>
    elementsOf(memberOf(message, 'examples')).flatMap((example, index) =>
      ['payload', 'headers'].map((part): Shown => {
        return {
          name: `${name}, example ${index + 1}`,
          place: ['components', 'messages', name, part],
          value: memberOf(example, part) ?? null,
        }
      }),
    ),
  )
  const gaps = messages.flatMap(([name, message]) => [
    ...(memberOf(message, 'summary') ? [] : [`${name}: no summary`]),
    ...(elementsOf(memberOf(message, 'examples')).length > 0 ? [] : [`${name}: no example`]),
  ])
  return [...gaps, ...faults(document, shown)]
}

function textGaps(operation: Operation, document: JsonObject): string[] {
  const { name, definition } = operation
  const tags = elementsOf(document.tags).map((tag) => memberOf(tag, 'name'))
  const missing = ['operationId', 'summary', 'description'].filter((member) => !memberOf(definition, member))
  const hasTag = tags.includes(elementsOf(definition.tags)[0] ?? null)
  const bare = parametersOf(operation, document).filter((parameter) => !isDescribed(parameter, document))
  return [
    ...bare.map((parameter) => `${name}: no description of ${parameter.name}`),
    ...missing.map((member) => `${name}: no ${member}`),
    ...(hasTag ? [] : [`${name}: no tag that the document describes`]),
  ]
}

/** A parameter is described itself, or by its schema. */
function isDescribed({ definition }: Parameter, document: JsonObject): boolean {
  return [definition, resolveObject(definition.schema, document)].some((part) => Boolean(memberOf(part, 'description')))
}

function bodiesOf({ path, method, definition }: Operation) {
  const place = ['paths', path, method]
  const bodies = [
    { place: [...place, 'requestBody'], body: memberOf(definition, 'requestBody') },
    ...membersOf(definition.responses).map(([status, body]) => ({ place: [...place, 'responses', status], body })),
  ]
  return bodies.flatMap(({ place, body }) =>
    membersOf(memberOf(body, 'content')).map(([type, media]) => ({
      place: [...place, 'content', type],
      name: place.slice(1).join(' '),
      media,
    })),
  )
}

function bodiesWithoutExample(operation: Operation): string[] {
  return bodiesOf(operation).flatMap(({ name, media }) => (examplesOf(media).length === 0 ? [`${name}: no example`] : []))
}

/** Examples of bodies and of parameters. */
function shownIn(operation: Operation): Shown[] {
  const { path, method, definition } = operation
  const parameters = elementsOf(definition.parameters).flatMap((parameter, index): Shown[] => {
    const value = memberOf(parameter, 'example')
    const place = ['paths', path, method, 'parameters', String(index), 'schema']
    return value === undefined ? [] : [{ name: `${method} ${path} ${memberOf(parameter, 'name')}`, place, value }]
  })
  const bodies = bodiesOf(operation).flatMap(({ place, name, media }) =>
    examplesOf(media).map((value) => ({ name, place: [...place, 'schema'], value })),
  )
  return [...parameters, ...bodies]
}

function examplesOf(media: Json): Json[] {
  const single = memberOf(media, 'example')
  return [
    ...(single === undefined ? [] : [single]),
    ...membersOf(memberOf(media, 'examples')).map(([, one]) => memberOf(one, 'value') ?? null),
  ]
}

/** The examples that schemas have of themselves, at any depth. */
function shownBySchemas(document: JsonObject): Shown[] {
  const search = (part: Json, place: string[]): Shown[] => {
    if (Array.isArray(part)) return part.flatMap((element, index) => search(element, [...place, String(index)]))
    const own = elementsOf(memberOf(part, 'examples')).map((value) => ({ name: place.slice(2).join('.'), place, value }))
    const inner = membersOf(part).flatMap(([name, member]) => (name === 'examples' ? [] : search(member, [...place, name])))
    return [...own, ...inner]
  }
  return membersOf(memberOf(document.components, 'schemas')).flatMap(([name, schema]) => search(schema, ['components', 'schemas', name]))
}

function faults(document: JsonObject, shown: Shown[]): string[] {
  const check = valueCheck(document, { isClosed: true })
  return shown.flatMap(({ name, place, value }) => check(place, value).map((fault) => `${name}: its example: ${fault}`))
}
