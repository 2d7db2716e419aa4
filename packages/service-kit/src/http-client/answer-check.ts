import type { Static, TSchema } from '@sinclair/typebox'
import { Ajv } from 'ajv'
import ajvFormats from 'ajv-formats'

/** Compiles a check of another service's answers. Fields the schema does not name pass; `references` are the schemas it refers to by `$id`. */
export function answerCheck<T extends TSchema>(schema: T, references: TSchema[] = []): (answer: unknown) => answer is Static<T> {
  const ajv = new Ajv({ strict: false, schemas: references })
  ajvFormats.default(ajv)
  return ajv.compile<Static<T>>(schema)
}
