import type { ResponseMetadata } from './response-metadata.ts'

export interface WithResponse<T> {
  data: T
  response: ResponseMetadata
}

/** The promise of an answer's data. */
export interface CrmPromise<T> extends Promise<T> {
  /** The same answer, with its status, headers, request id and rate limit beside the data. */
  withResponse(): Promise<WithResponse<T>>
}

/** Shows an answer as the promise of its data. */
export function crmPromise<T>(answer: Promise<WithResponse<T>>): CrmPromise<T> {
  const data = answer.then((whole) => whole.data)
  return Object.assign(data, {
    withResponse() {
      // Who asks for the whole answer hears of a failure there; the promise of the data alone may go unobserved.
      data.catch(() => {})
      return answer
    },
  })
}
