import type { ServiceName } from './generated/resources.ts'
import type { SessionCredentials, SessionSource } from './session.ts'

/** Gives the access token of the moment; asked before every attempt, so let it remember its token while that is good. */
export type AccessTokenSource = () => string | Promise<string>

/** Where the API is: at one address, or each service at its own. */
export type Addresses =
  | { baseUrl: string; services?: undefined }
  /** A service that is left out cannot be called. */
  | { services: Partial<Record<ServiceName, string>>; baseUrl?: undefined }

/** Who calls. `userId` goes with a token only where services are called directly; alone it is believed on loopback, in development. */
export type Credentials =
  | { accessToken: string | AccessTokenSource; userId?: string | undefined }
  | { userId: string; accessToken?: undefined }

export interface Behaviour {
  /** Sends a request; the platform's fetch by default. */
  fetch?: ((request: Request) => Promise<Response>) | undefined
  /** Milliseconds for a whole call, retries included; 60,000 by default, Infinity for no limit. */
  timeoutMs?: number | undefined
  /** Milliseconds for one attempt; 15,000 by default. */
  attemptTimeoutMs?: number | undefined
  /** How often a call is sent again after a failure that may pass; 2 by default. */
  maxRetries?: number | undefined
  /** A server that asks for a longer wait by Retry-After is not asked again; milliseconds, 30,000 by default. */
  maxRetryAfterMs?: number | undefined
  /** Sent with every request. */
  headers?: Record<string, string> | undefined
}

/** A client that logs in and refreshes by itself, at the one address of the whole API. */
export type CrmSessionOptions = { baseUrl: string; services?: undefined } & Behaviour & {
    credentials: SessionCredentials
    accessToken?: undefined
    userId?: undefined
  }

export type CrmClientOptions = Addresses & Credentials & Behaviour & { credentials?: undefined }

/** The options with every default filled in. */
export interface ClientConfig {
  addressOf(service: string): string
  accessToken: string | AccessTokenSource | undefined
  /** In place of accessToken. */
  session: SessionSource | undefined
  userId: string | undefined
  fetch: (request: Request) => Promise<Response>
  timeoutMs: number
  attemptTimeoutMs: number
  maxRetries: number
  maxRetryAfterMs: number
  headers: Record<string, string>
}

/** Throws TypeError for options that no client can work with. */
export function readOptions(options: CrmClientOptions | CrmSessionOptions): ClientConfig {
  const { accessToken, userId, credentials } = options
  if (credentials === undefined && accessToken === undefined && userId === undefined) {
    throw new TypeError('createCrmClient needs credentials, accessToken or userId')
  }
  if (credentials !== undefined && (accessToken !== undefined || userId !== undefined)) {
    throw new TypeError('createCrmClient takes credentials alone, without accessToken and userId')
  }
  if (credentials !== undefined && options.baseUrl === undefined)
    throw new TypeError('credentials need baseUrl: the gateway is what logs in')
  const { timeoutMs = 60_000, attemptTimeoutMs = 15_000, maxRetries = 2, maxRetryAfterMs = 30_000 } = options
  return {
    addressOf: addressBook(options),
    accessToken,
    session: undefined,
    userId,
    // Found anew each time: in a browser fetch must be called on its window, and others may replace it later.
    fetch: options.fetch ?? ((request) => globalThis.fetch(request)),
    ...checkedLimits({ timeoutMs, attemptTimeoutMs, maxRetries, maxRetryAfterMs }),
    headers: options.headers ?? {},
  }
}

function addressBook({ baseUrl, services }: Addresses): (service: string) => string {
  if ((baseUrl === undefined) === (services === undefined)) throw new TypeError('createCrmClient needs either baseUrl or services')
  if (baseUrl !== undefined) {
    const address = addressFrom(baseUrl, 'baseUrl')
    return () => address
  }
  const addresses = new Map(Object.entries(services ?? {}).map(([name, url]) => [name, addressFrom(url, `services.${name}`)]))
  return (service) => {
    const address = addresses.get(service)
    if (address === undefined) throw new TypeError(`createCrmClient was given no address for this call: services.${service} is missing`)
    return address
  }
}

// In a page an address may be relative to it.
function addressFrom(url: string, option: string): string {
  const page: { href: string } | undefined = Reflect.get(globalThis, 'location')
  try {
    const { origin, pathname, protocol } = new URL(url, page?.href)
    if (protocol === 'http:' || protocol === 'https:') return origin + pathname.replace(/\/+$/, '')
  } catch {}
  throw new TypeError(`${option} is not an http or https URL: ${url}`)
}

/** Throws TypeError unless every one is a number from 0 on. */
export function checkedLimits<T extends Record<string, number>>(limits: T): T {
  for (const [name, value] of Object.entries(limits)) {
    if (!(value >= 0)) throw new TypeError(`${name} must be a number from 0 on, not ${value}`)
  }
  return limits
}
