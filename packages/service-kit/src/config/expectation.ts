import type { TSchema } from '@sinclair/typebox'

/** Completes the sentence "NAME must be …" for the schema of one variable. */
export function expectation(schema: TSchema): string {
  if (schema.expected !== undefined) return schema.expected
  if (Array.isArray(schema.anyOf)) return oneOf(schema.anyOf.map((option: TSchema) => String(option.const)))
  if (schema.const !== undefined) return String(schema.const)
  switch (schema.type) {
    case 'integer':
      return `an integer${range(schema.minimum, schema.maximum)}`
    case 'number':
      return `a number${range(schema.minimum, schema.maximum)}`
    case 'boolean':
      return 'true or false'
    default:
      return `text${lengths(schema.minLength, schema.maxLength)}`
  }
}

function oneOf(options: string[]): string {
  const last = options.at(-1)
  return options.length < 2 ? `${last}` : `${options.slice(0, -1).join(', ')} or ${last}`
}

function range(minimum?: number, maximum?: number): string {
  if (minimum !== undefined && maximum !== undefined) return ` between ${minimum} and ${maximum}`
  if (minimum !== undefined) return ` of ${minimum} or more`
  return maximum === undefined ? '' : ` of ${maximum} or less`
}

function lengths(minLength?: number, maxLength?: number): string {
  if (minLength === undefined && maxLength === undefined) return ' of another form'
  return ` with a length${range(minLength, maxLength)} characters`
}
