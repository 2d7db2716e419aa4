import { elementsOf, type Json, type JsonObject, memberOf, membersOf } from '@crm/service-kit/http/openapi-json.ts'
import { valueCheck } from '@crm/testing/responses/value-check.ts'

/** What is not documented as it should be, a line each, and how many examples there are that their schemas take. */
export interface Audit {
  gaps: string[]
  examples: number
}

interface Shown {
  name: string
  /** Steps in the document to the schema, and to nothing else. */
  place: string[]
  value: Json
}

const answeredAlways = ['400', '401', '421', '429', '500', '503', '504']

/** The errors that an operation can give, by what it takes. */
function possibleErrors(operation: Json): string[] {
  const parameters = elementsOf(memberOf(operation, 'parameters')).map((one) =>
    `${memberOf(one, 'in')} ${memberOf(one, 'name')}`.toLowerCase(),
  )
  const isWrite = parameters.includes('header idempotency-key')
  const readsBody = isWrite || memberOf(operation, 'requestBody') !== undefined
  return [
    ...answeredAlways,
    ...(isWrite ? ['403', '409', '422'] : []),
    ...(parameters.some((name) => name.startsWith('path ')) ? ['404'] : []),
    ...(parameters.includes('header if-match') ? ['412'] : []),
    ...(readsBody ? ['413', '415'] : []),
  ]
}

/** Audits an OpenAPI document: names, texts, errors and examples of every operation. */
export function auditApi(document: JsonObject): Audit {
  const tags = elementsOf(document.tags).map((tag) => memberOf(tag, 'name'))
  const operations = membersOf(document.paths).flatMap(([path, item]) =>
    membersOf(item).flatMap(([method, operation]) => (memberOf(operation, 'responses') ? [{ path, method, operation }] : [])),
  )
  const gaps = operations.flatMap(({ path, method, operation }) => {
    const name = `${method.toUpperCase()} ${path}`
    const missing = ['operationId', 'summary', 'description'].filter((member) => !memberOf(operation, member))
    const hasTag = tags.includes(elementsOf(memberOf(operation, 'tags'))[0])
    const errors = possibleErrors(operation).filter((status) => memberOf(memberOf(operation, 'responses'), status) === undefined)
    return [
      ...missing.map((member) => `${name}: no ${member}`),
      ...(hasTag ? [] : [`${name}: no tag that the document describes`]),
      ...errors.map((status) => `${name}: no response ${status}`),
      ...(shownIn(path, method, operation).length === 0 ? [`${name}: no example`] : []),
    ]
  })
  const shown = [...operations.flatMap(({ path, method, operation }) => shownIn(path, method, operation)), ...shownBySchemas(document)]
  const bodiesWithout = operations.flatMap(({ path, method, operation }) => bodiesWithoutExample(path, method, operation))
  return { gaps: [...gaps, ...bodiesWithout, ...faults(document, shown), ...wrongProblems(shown)], examples: shown.length }
}

/** Audits an AsyncAPI document: texts and examples of every message. */
export function auditEvents(document: JsonObject): Audit {
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
  return { gaps: [...gaps, ...faults(document, shown)], examples: shown.length }
}

function bodiesOf(path: string, method: string, operation: Json) {
  const place = ['paths', path, method]
  const bodies = [
    { place: [...place, 'requestBody'], body: memberOf(operation, 'requestBody') },
    ...membersOf(memberOf(operation, 'responses')).map(([status, body]) => ({ place: [...place, 'responses', status], body })),
  ]
  return bodies.flatMap(({ place, body }) =>
    membersOf(memberOf(body, 'content')).map(([type, media]) => ({
      place: [...place, 'content', type],
      name: place.slice(1).join(' '),
      media,
    })),
  )
}

function bodiesWithoutExample(path: string, method: string, operation: Json): string[] {
  return bodiesOf(path, method, operation).flatMap(({ name, media }) => (examplesOf(media).length === 0 ? [`${name}: no example`] : []))
}

/** Examples of bodies and of parameters. */
function shownIn(path: string, method: string, operation: Json): Shown[] {
  const parameters = elementsOf(memberOf(operation, 'parameters')).flatMap((parameter, index): Shown[] => {
    const value = memberOf(parameter, 'example')
    const place = ['paths', path, method, 'parameters', String(index), 'schema']
    return value === undefined ? [] : [{ name: `${method} ${path} ${memberOf(parameter, 'name')}`, place, value }]
  })
  const bodies = bodiesOf(path, method, operation).flatMap(({ place, name, media }) =>
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

/** A problem is shown where it is answered. */
function wrongProblems(shown: Shown[]): string[] {
  const problems = shown.filter(({ place }) => place.includes('application/problem+json'))
  return problems.flatMap(({ name, place, value }) =>
    place.includes(String(memberOf(value, 'status'))) ? [] : [`${name}: its example is of status ${memberOf(value, 'status')}`],
  )
}
