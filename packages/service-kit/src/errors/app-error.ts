import { type ProblemCode, problemCodes } from './codes.ts'

/** What was wrong with one place of the input; `pointer` is a JSON pointer (RFC 6901) from the request part, such as `/body/email`. */
export interface InputError {
  pointer: string
  message: string
}

export interface AppErrorOptions {
  /** Members beside the standard ones, such as `existingId`. */
  extra?: Record<string, unknown>
  errors?: InputError[]
  headers?: Record<string, string>
  cause?: unknown
}

/** An error of the domain: it becomes a problem document at the edge, with the status and title of its code. */
export class AppError extends Error {
  readonly code: ProblemCode
  readonly status: number
  readonly extra: Record<string, unknown>
  readonly errors: InputError[] | undefined
  readonly headers: Record<string, string>

  constructor(code: ProblemCode, detail: string, options: AppErrorOptions = {}) {
    super(detail, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.status = problemCodes[code].status
    this.extra = options.extra ?? {}
    this.errors = options.errors
    this.headers = options.headers ?? {}
  }
}
