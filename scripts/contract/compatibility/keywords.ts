/** What says nothing about values. */
export const annotations = [
  'title',
  'description',
  'summary',
  'examples',
  'example',
  'deprecated',
  'externalDocs',
  'readOnly',
  'writeOnly',
  '$comment',
  '$id',
]

export const lowerBounds = ['minLength', 'minimum', 'exclusiveMinimum', 'minItems', 'minProperties']
export const upperBounds = ['maxLength', 'maximum', 'exclusiveMaximum', 'maxItems', 'maxProperties']
export const forms = ['pattern', 'multipleOf', 'uniqueItems', 'format']
/** Compared as types, as objects and arrays, as lists of words. */
export const structure = ['type', 'enum', 'const', 'properties', 'required', 'additionalProperties', 'items', 'default']

const numeric = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']
/** The keywords that judge values of one type only. */
const ofType: Record<string, string[]> = {
  string: ['minLength', 'maxLength', 'pattern'],
  number: numeric,
  integer: numeric,
  array: ['items', 'minItems', 'maxItems', 'uniqueItems', 'prefixItems', 'contains', 'unevaluatedItems'],
  object: [
    'properties',
    'required',
    'additionalProperties',
    'minProperties',
    'maxProperties',
    'patternProperties',
    'propertyNames',
    'dependentSchemas',
    'dependentRequired',
    'unevaluatedProperties',
  ],
}

/** Whether a keyword says something about values of this type; of `any`, all do. */
export function concerns(keyword: string, type: string): boolean {
  const owners = Object.keys(ofType).filter((owner) => ofType[owner]?.includes(keyword))
  return type === 'any' || owners.length === 0 || owners.includes(type)
}

/** The type that values have that are of both; undefined when none are. */
export function commonType(a: string, b: string): string | undefined {
  if (a === b || b === 'any') return a
  if (a === 'any') return b
  return [a, b].every((type) => type === 'integer' || type === 'number') ? 'integer' : undefined
}
