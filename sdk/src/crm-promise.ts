import type { ResponseMetadata } from './response-metadata.ts'

export interface WithResponse<T> {
  data: T
  response: ResponseMetadata
}

/** The promise of a response's data. */
export interface CrmPromise<T> extends Promise<T> {
  /** The same response, with its status, headers, request id and rate limit beside the data. */
  withResponse(): Promise<WithResponse<T>>
}

/** Shows a response as the promise of its data. */
export function crmPromise<T>(response: Promise<WithResponse<T>>): CrmPromise<T> {
  const data = response.then((whole) => whole.data)
  return Object.assign(data, {
    withResponse() {
      // Who asks for the whole response hears of a failure there; the promise of the data alone may go unobserved.
      data.catch(() => {})
      return response
    },
  })
}
