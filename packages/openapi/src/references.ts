import { isDeepStrictEqual } from 'node:util'
import { isObject, type Json, type JsonObject } from './json.ts'

/** A part, with the name of the component that it was referred to by; undefined where it is written in place. */
export interface Resolved {
  part: Json
  name: string | undefined
}

/** What may stand beside a `$ref` in place of what the component says of itself. */
const texts = ['summary', 'description', 'title', 'examples', 'example', 'default', 'deprecated']

/**
 * A part with its `$ref` followed to the end; what stands beside the `$ref` is added. Throws when the document has nothing there, when
 * references go round in a circle, and when both sides have a keyword, so that both hold, which one object cannot say.
 */
export function resolve(part: Json, document: JsonObject): Resolved {
  let resolved: Resolved = { part, name: undefined }
  const followed = new Set<string>()
  while (isObject(resolved.part) && typeof resolved.part.$ref === 'string') {
    const { $ref, ...siblings } = resolved.part
    if (followed.has($ref)) throw new Error(`${$ref} refers to itself`)
    followed.add($ref)
    const target = partAt($ref, document)
    resolved = { part: merge(target, siblings, $ref), name: stepsOf($ref).at(-1) }
  }
  return resolved
}

/** The same, of a part that must be an object: a parameter, a response, a header. Undefined for none. */
export function resolveObject(part: Json | undefined, document: JsonObject): JsonObject | undefined {
  const resolved = part === undefined ? undefined : resolve(part, document).part
  return isObject(resolved) ? resolved : undefined
}

/** The name of the component schema that a schema refers to; undefined when it is written in place. */
export function schemaName(schema: Json | undefined): string | undefined {
  const steps = isObject(schema) && typeof schema.$ref === 'string' ? stepsOf(schema.$ref) : []
  return steps.length === 3 && steps[0] === 'components' && steps[1] === 'schemas' ? steps[2] : undefined
}

/**
 * The pointer to what these steps lead to, with every reference on the way followed, the last one too where nothing stands beside it.
 * Where there is nothing, the pointer to the place itself.
 */
export function pointerTo(steps: readonly string[], document: JsonObject): string {
  let pointer: readonly string[] = []
  for (const step of steps) pointer = [...followAll(pointer, document), step]
  return pointerOf(followAll(pointer, document))
}

function followAll(steps: readonly string[], document: JsonObject): readonly string[] {
  const part = at(steps, document)
  const isReference = isObject(part) && typeof part.$ref === 'string' && Object.keys(part).length === 1
  return isReference ? followAll(stepsOf(String(part.$ref)), document) : steps
}

/** What a reference leads to, which may be another one. Throws when the document has nothing there. */
export function partAt($ref: string, document: JsonObject): Json {
  if (!$ref.startsWith('#/')) throw new Error(`${$ref} is not in the document`)
  const target = at(stepsOf($ref), document)
  if (target === undefined) throw new Error(`${$ref} is not in the document`)
  return target
}

function at(steps: readonly string[], document: JsonObject): Json | undefined {
  return steps.reduce<Json | undefined>((part, step) => {
    if (Array.isArray(part)) return part[Number(step)]
    return isObject(part) && Object.hasOwn(part, step) ? part[step] : undefined
  }, document)
}

function merge(target: Json, siblings: JsonObject, $ref: string): Json {
  if (!isObject(target)) return target
  const both = Object.keys(siblings).find(
    (name) => name in target && !texts.includes(name) && !isDeepStrictEqual(siblings[name], target[name]),
  )
  if (both !== undefined) throw new Error(`${both} stands beside the reference to ${$ref}, which has one of its own: say it in one place`)
  return Object.keys(siblings).length === 0 ? target : { ...target, ...siblings }
}

function stepsOf($ref: string): string[] {
  const steps = $ref.split('/').slice(1)
  return steps.map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
}

function pointerOf(steps: readonly string[]): string {
  return `#${steps.map((step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')}`
}
