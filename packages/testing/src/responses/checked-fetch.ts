import { type ResponseCheck, responseCheck } from './response-check.ts'

let shared: ResponseCheck | undefined

/**
 * `fetch` for servers in processes of their own: rejects when the answer is not one that the document of the public API names.
 * Waits for the whole body.
 */
export const checkedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init)
  const { pathname, search } = new URL(input instanceof Request ? input.url : input)
  shared ??= responseCheck()
  const faults = shared.faultsOf({
    method: init?.method ?? (input instanceof Request ? input.method : 'GET'),
    url: pathname + search,
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.clone().text(),
  })
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return response
}
