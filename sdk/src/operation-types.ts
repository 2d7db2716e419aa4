import type { operations, paths } from './generated/schema.ts'
import type { Page } from './list.ts'

export type OperationId = keyof operations
export type Path = keyof paths

/** Optional members, at any depth, may also be given as undefined, which is not sent. */
export type AllowUndefined<T> = T extends readonly (infer Item)[]
  ? AllowUndefined<Item>[]
  : T extends object
    ? { [Name in keyof T]: AllowUndefined<T[Name]> | (Record<never, never> extends Pick<T, Name> ? undefined : never) }
    : T

/** The query parameters of an operation. */
export type Query<Id extends OperationId> = operations[Id]['parameters'] extends { query?: infer Parameters }
  ? AllowUndefined<NonNullable<Parameters>>
  : never

type ContentOf<Part> = Part extends { content: { 'application/json': infer Content } } ? Content : undefined

/** The request body of an operation. */
export type Body<Id extends OperationId> = operations[Id] extends { requestBody?: infer Part }
  ? AllowUndefined<Exclude<ContentOf<Part>, undefined>>
  : never

/** What an operation answers with a status. */
export type Answer<Id extends OperationId, Status extends number> = operations[Id] extends { responses: Record<Status, infer Part> }
  ? ContentOf<Part>
  : never

type SuccessStatus = 200 | 201 | 202 | 203 | 204 | 205 | 206

type SuccessOf<Operation> = Operation extends { responses: infer Responses }
  ? { [Status in keyof Responses & SuccessStatus]: ContentOf<Responses[Status]> }[keyof Responses & SuccessStatus]
  : never

/** The body of an operation's success; undefined where there is none. */
export type ResponseBody<Id extends OperationId> = SuccessOf<operations[Id]>

/** The operations that answer with a page of a list. */
export type ListId = { [Id in OperationId]: ResponseBody<Id> extends Page ? Id : never }[OperationId]

/** The record that is read at a path. */
export type RecordAt<P extends Path> = P extends Path ? (paths[P] extends { get: infer Get } ? SuccessOf<Get> : never) : never

/** What a decision about a conflict gives: the body to send instead, or where there is none whether to go on. */
export type Decision<Id extends OperationId> = [Body<Id>] extends [never] ? boolean : Body<Id>

/** Where the document has an operation: its path and its method. */
export type PlaceOf<Id extends OperationId> = {
  [P in Path]: {
    [Method in keyof paths[P]]: Same<paths[P][Method], operations[Id]> extends true
      ? { path: P; method: Uppercase<Method & string> }
      : never
  }[keyof paths[P]]
}[Path]

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

/** What a call gives an operation. */
export type OperationInput<Id extends OperationId> = (operations[Id]['parameters'] extends { path: infer Ids }
  ? { path: Ids }
  : { path?: undefined }) &
  (operations[Id]['parameters'] extends { query: object } ? { query: Query<Id> } : { query?: Query<Id> | undefined }) &
  (operations[Id] extends { requestBody: object } ? { body: Body<Id> } : { body?: Body<Id> | undefined })
