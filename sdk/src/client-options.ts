import { type AccessTokenSource, isToken, type TokenSource, tokenSourceOf } from './access-token.ts'
import { checkedLimits } from './checked-limits.ts'
import type { ServiceName } from './generated/resources.ts'
import { readHeaders } from './headers.ts'
import { isObject } from './is-object.ts'
import type { SessionCredentials } from './session.ts'

/** The whole API at one address. */
export interface SingleAddress {
  baseUrl: string
  services?: undefined
}

/** Each service at its own address. One that is left out cannot be called. */
export interface ServiceAddresses {
  services: { [Name in ServiceName]?: string | undefined }
  baseUrl?: undefined
}

/** The caller by a token; `userId` goes with it only where services are called directly. */
export interface TokenCredentials {
  accessToken: string | AccessTokenSource
  userId?: string | undefined
  credentials?: undefined
}

/** The caller by an id alone, which is believed on loopback, in development. */
export interface UserIdCredentials {
  userId: string
  accessToken?: string | AccessTokenSource | undefined
  credentials?: undefined
}

/** How every call is sent, unless its own options say otherwise. */
export interface ClientDefaults {
  /** Sends a request; the platform's fetch by default. */
  fetch?: ((request: Request) => Promise<Response>) | undefined
  /** Milliseconds for a whole call, retries included; 60,000 by default, Infinity for no limit. */
  timeoutMs?: number | undefined
  /** Milliseconds for one attempt; 15,000 by default. */
  attemptTimeoutMs?: number | undefined
  /** How often a request is sent again after a failure that may pass; 2 by default. */
  maxRetries?: number | undefined
  /** A server that asks for a longer wait by Retry-After is not asked again; milliseconds, 30,000 by default. */
  maxRetryAfterMs?: number | undefined
  /** Sent with every request. TypeError for one that the client sets itself or that has an option of its own. */
  headers?: Record<string, string> | undefined
}

/** A client that logs in and refreshes by itself, at the one address of the whole API. */
export interface CrmSessionOptions extends SingleAddress, ClientDefaults {
  credentials: SessionCredentials
  accessToken?: undefined
  userId?: undefined
}

export type CrmClientOptions =
  | CrmSessionOptions
  | ((SingleAddress | ServiceAddresses) & (TokenCredentials | UserIdCredentials) & ClientDefaults)

/** The options with every default filled in. */
export interface ClientConfig {
  addressOf(service: string): string
  /** The tokens for a call that begins now; undefined for a caller by user id alone. */
  tokensOfCall: (() => TokenSource) | undefined
  userId: string | undefined
  fetch: (request: Request) => Promise<Response>
  timeoutMs: number
  attemptTimeoutMs: number
  maxRetries: number
  maxRetryAfterMs: number
  headers: Headers
}

/** The options but for `credentials`. Throws TypeError for those that no client can work with. */
export function readOptions(options: CrmClientOptions): ClientConfig {
  checkCaller(options)
  const { accessToken, userId, timeoutMs = 60_000, attemptTimeoutMs = 15_000, maxRetries = 2, maxRetryAfterMs = 30_000 } = options
  return {
    addressOf: addressBook(options),
    tokensOfCall: accessToken === undefined ? undefined : () => tokenSourceOf(accessToken),
    userId,
    // Found anew each time: in a browser fetch must be called on its window, and others may replace it later.
    fetch: options.fetch ?? ((request) => globalThis.fetch(request)),
    ...checkedLimits({ timeoutMs, attemptTimeoutMs, maxRetries, maxRetryAfterMs }),
    headers: readHeaders(options.headers),
  }
}

function checkCaller({ accessToken, userId, credentials, baseUrl }: CrmClientOptions): void {
  if (credentials === undefined && accessToken === undefined && userId === undefined)
    throw new TypeError('createCrmClient needs credentials, accessToken or userId')
  if (credentials !== undefined && (accessToken !== undefined || userId !== undefined))
    throw new TypeError('createCrmClient takes credentials alone, without accessToken and userId')
  if (credentials !== undefined && baseUrl === undefined) throw new TypeError('credentials need baseUrl: the gateway is what logs in')
  if (accessToken !== undefined && typeof accessToken !== 'function' && !isToken(accessToken))
    throw new TypeError('accessToken is no token')
  if (userId !== undefined && !isToken(userId)) throw new TypeError('userId is no id')
}

function addressBook({ baseUrl, services }: SingleAddress | ServiceAddresses): (service: string) => string {
  if ((baseUrl === undefined) === (services === undefined)) throw new TypeError('createCrmClient needs either baseUrl or services')
  if (baseUrl !== undefined) {
    const address = addressFrom(baseUrl, 'baseUrl')
    return () => address
  }
  const given = Object.entries(services ?? {})
  const addresses = new Map(given.flatMap(([name, url]) => (url === undefined ? [] : [[name, addressFrom(url, `services.${name}`)]])))
  return (service) => {
    const address = addresses.get(service)
    if (address === undefined) throw new TypeError(`createCrmClient was given no address for this call: services.${service} is missing`)
    return address
  }
}

// In a page an address may be relative to it.
function addressFrom(url: string, option: string): string {
  const scope: object = globalThis
  const page = 'location' in scope && isObject(scope.location) ? scope.location.href : undefined
  try {
    const { origin, pathname, protocol } = new URL(url, typeof page === 'string' ? page : undefined)
    if (protocol === 'http:' || protocol === 'https:') return origin + pathname.replace(/\/+$/, '')
  } catch {}
  throw new TypeError(`${option} is not an http or https URL: ${url}`)
}
