import type { ServiceName } from './generated/resources.ts'
import type { OperationId, Path, PlaceOf, ResponseBody } from './operation-types.ts'

/** What the client must know of an operation to send it. */
export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With `{name}` for each path parameter. */
  path: string
  /** Who answers it where services have addresses of their own. */
  service: string
  /** Whether its success has a body, which is a JSON object or array, or none. */
  answer: 'json' | 'none'
  /** It has a success without a body beside those with one. */
  mayBeEmpty?: true
  /** It documents Idempotency-Key: every call is sent with one, so that it may be repeated. */
  takesIdempotencyKey?: true
  /** It changes nothing, though its method does not say so: it may be repeated. */
  isSafe?: true
  /** Whether two requests do what one does; by its method, unless its document says otherwise. */
  isIdempotent?: boolean
  /** It wants no credentials. */
  isPublic?: true
  /** The path at which the record that `ifMatch` guards is read; without one a conflict cannot be decided anew. */
  recordPath?: string
}

/** What a generated method knows of its operation, held to the document's types. */
export type DocumentedOperation<Id extends OperationId, RecordPath extends Path> = Operation &
  PlaceOf<Id> & {
    id: Id
    service: ServiceName
    recordPath?: RecordPath
  } & ([ResponseBody<Id>] extends [undefined]
    ? { answer: 'none' }
    : undefined extends ResponseBody<Id>
      ? { answer: 'json'; mayBeEmpty: true }
      : { answer: 'json'; mayBeEmpty?: never })

/** What a call gives its operation. */
export interface Input {
  path?: Record<string, string | number> | undefined
  query?: object | undefined
  body?: unknown
}
