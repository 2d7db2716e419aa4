import type { operations } from './generated/schema.ts'

type Id = keyof operations

/** Optional members may also be given as undefined, which is not sent. */
type AllowUndefined<T> = { [Name in keyof T]: Record<never, never> extends Pick<T, Name & keyof T> ? T[Name] | undefined : T[Name] }

/** The query parameters of an operation. */
export type Query<Operation extends Id> = operations[Operation]['parameters'] extends { query?: infer Parameters }
  ? AllowUndefined<NonNullable<Parameters>>
  : never

type ContentOf<Part> = Part extends { content: { 'application/json': infer Content } } ? Content : undefined

/** The request body of an operation. */
export type Body<Operation extends Id> = operations[Operation] extends { requestBody?: infer Part }
  ? Exclude<ContentOf<Part>, undefined>
  : never

/** What an operation answers with a status. */
export type Answer<Operation extends Id, Status extends number> = operations[Operation] extends { responses: Record<Status, infer Part> }
  ? ContentOf<Part>
  : never
