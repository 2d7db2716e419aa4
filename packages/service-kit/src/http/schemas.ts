import { type SchemaOptions, type Static, type StringOptions, type TSchema, Type } from '@sinclair/typebox'

/** How a string of the input is brought into its one stored form; see text-keyword.ts. */
export type Normalization = 'line' | 'email' | 'uuid' | 'secret'

function normalized(kind: Normalization, options: StringOptions) {
  return Type.String({ 'x-normalize': kind, ...options })
}

/** A line of text: trimmed, Unicode NFC, without NUL or lone surrogates. Lengths count code points after trimming. */
export const Text = (options: StringOptions) => normalized('line', options)

/** An email address, internationalised ones (RFC 6531) too; trimmed, NFC and lowercased before it is checked and stored. */
export const Email = (options: StringOptions = {}) =>
  normalized('email', { format: 'idn-email', maxLength: 254, examples: ['leonie.koehler@example.com'], ...options })

/** A secret: checked for well-formed Unicode, otherwise taken as it is. */
export const Secret = (options: StringOptions) => normalized('secret', options)

/** An id of a record, in lower case. The system makes version 7; any RFC 9562 id is accepted. */
export const Uuid = (options: StringOptions = {}) =>
  normalized('uuid', { format: 'uuid', examples: ['01980000-0000-7000-8000-000000000001'], ...options })

/** RFC 3339, UTC, milliseconds. */
export const Timestamp = (options: StringOptions = {}) =>
  Type.String({ format: 'date-time', examples: ['2026-01-31T09:30:00.000Z'], ...options })

/** One of a closed list of words. */
export function OneOf<const Word extends string>(words: readonly Word[], options: SchemaOptions = {}) {
  return Type.Unsafe<Word>({ type: 'string', enum: words, ...options })
}

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** Counts the changes of a record, from 1; its quoted form is the record's ETag. */
export const Version = () => Type.Integer({ minimum: 1, description: 'Counts the changes of the record; its ETag.', examples: [1] })

/** The schema with examples of it, which are of its type: documents show them wherever the schema is used. */
export function withExamples<T extends TSchema>(schema: T, examples: Static<T>[]): T {
  return { ...schema, examples }
}

/** Refers to a schema that was registered under its `$id`, so that documents name it once under components. */
export function ref<T extends TSchema>(schema: T, options: Pick<SchemaOptions, 'description'> = {}) {
  if (!schema.$id) throw new Error('only a schema with an $id can be referred to')
  return Type.Unsafe<Static<T>>({ $ref: `${schema.$id}#`, ...options })
}
