import {
  type ClientDefaults,
  type ConflictOptions,
  type ConflictResolution,
  type CrmClient,
  type CrmClientOptions,
  CrmConflictError,
  CrmError,
  type CrmSession,
  type CrmSessionClient,
  type CrmSessionOptions,
  CrmValidationError,
  createCrmClient,
  type IdempotencyOptions,
  type IfMatchOptions,
  type Lead,
  type LeadCreate,
  type LeadStatus,
  type LeadUpdate,
  type ListLeadsQuery,
  type ProblemCode,
  type RequestOptions,
  type ResolvedConflictOptions,
  type ResponseMetadata,
  type ServiceAddresses,
  type SessionCredentials,
  type SessionTokens,
  type TokenCredentials,
  type TokensHook,
  type User,
  type UserIdCredentials,
} from '@crm/sdk'

/** Fails to compile unless both types are the same; `any` is only the same as `any`. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <_ extends true>() => {}

export const clients: CrmClient[] = [
  createCrmClient({ baseUrl: 'https://crm.example.com', accessToken: 'token' }),
  createCrmClient({ baseUrl: 'https://crm.example.com', accessToken: async () => 'token', timeoutMs: 5_000, maxRetries: 0 }),
  createCrmClient({ services: { user: 'http://127.0.0.1:8002', crm: 'http://127.0.0.1:8001' }, userId: 'somebody' }),
  createCrmClient({ services: { crm: 'http://127.0.0.1:8001' }, accessToken: 'token', userId: 'somebody', fetch }),
]

export const ownSessions: CrmSessionClient[] = [
  createCrmClient({ baseUrl: '/', credentials: { session: 'cookie' } }),
  createCrmClient({ baseUrl: '/', credentials: { email: 'a@example.com', password: 'secret' }, maxRetries: 1 }),
]

export async function resume(
  tokens: SessionTokens | undefined,
  store: TokensHook,
  given: { email?: string; password?: string },
): Promise<User> {
  const credentials: SessionCredentials = { email: given.email, password: given.password, tokens, onTokens: store }
  const options: CrmSessionOptions = { baseUrl: 'https://crm.example.com', credentials }
  const crm: CrmSessionClient & CrmSession = createCrmClient(options)
  const user = await crm.logIn({ email: 'a@example.com', password: 'secret' })
  same<Same<typeof user, User>>()
  await crm.logOut()
  return user
}

/** Options as programs put them together when they run. */
export function atRunTime(given: { user?: string; token?: string; name?: string; lead?: Lead; retry?: boolean }): CrmClient {
  const defaults: ClientDefaults = { maxRetries: 0 }
  if (given.retry !== undefined) defaults.maxRetries = given.retry ? 5 : undefined
  const address: ServiceAddresses = { services: { crm: 'http://127.0.0.1:8001', user: given.user } }
  const caller: TokenCredentials | UserIdCredentials = given.token === undefined ? { userId: 'somebody' } : { accessToken: given.token }
  const byLogin: CrmSessionOptions = { baseUrl: '/', credentials: { session: 'cookie' }, ...defaults }
  const options: CrmClientOptions = given.retry ? byLogin : { ...address, ...caller, ...defaults }
  const crm = createCrmClient(given.user === undefined ? options : { ...address, userId: 'somebody', accessToken: given.token })

  const change: LeadUpdate = { name: given.name }
  const input: LeadCreate = { name: 'Leonie', email: 'leonie@example.com', companyId: 'c' }
  const request: RequestOptions & IdempotencyOptions = {}
  if (given.retry) request.maxRetries = 5
  const resolution: ConflictResolution<Lead, LeadUpdate> | undefined = given.retry ? (current) => ({ name: current.name }) : undefined
  const guard: IfMatchOptions = { ifMatch: given.lead }
  const resolved: ResolvedConflictOptions<Lead, LeadUpdate> = { ifMatch: '"1"', onConflict: resolution }
  const either: ConflictOptions<Lead, LeadUpdate> = given.retry ? resolved : guard
  void crm.leads.create(input, request)
  void crm.leads.update('a', change, { ...request, ...either })
  void crm.leads.update('a', { name: given.name, status: undefined }, { ifMatch: given.lead, requestId: given.name })
  void crm.users.update('u', { firstName: given.name })
  return crm
}

export async function use(crm: CrmClient, wanted: { status?: LeadStatus | undefined }): Promise<void> {
  const input: LeadCreate = { name: 'Leonie', email: 'leonie@example.com', companyId: 'c' }
  const lead = await crm.leads.create(input, { idempotencyKey: 'once', requestId: 'import-1', signal: AbortSignal.timeout(1_000) })
  same<Same<typeof lead, Lead>>()
  same<Same<Lead['status'], 'NEW' | 'QUALIFIED' | 'CONTACTED' | 'REJECTED'>>()

  const { data, response } = await crm.leads.get(lead.id, { query: { expand: 'company' } }).withResponse()
  same<Same<typeof data, Lead>>()
  same<Same<typeof response, ResponseMetadata>>()
  same<Same<typeof response.status, number>>()

  await crm.leads.update(lead.id, { status: 'CONTACTED' }, { ifMatch: lead })
  await crm.leads.update(lead.id, { status: 'CONTACTED' }, { ifMatch: '"3"', onConflict: 'overwrite' })
  const decide = (current: Lead) => (current.status === 'REJECTED' ? undefined : ({ status: 'CONTACTED' } as const))
  await crm.leads.update(lead.id, { status: 'CONTACTED' }, { ifMatch: lead, onConflict: decide, maxRetries: 5 })
  const nothing = await crm.leads.delete(lead.id, { ifMatch: lead, onConflict: async (current) => current.version > 1 })
  same<Same<typeof nothing, void>>()

  const query: ListLeadsQuery = { status: wanted.status, limit: 10 }
  const list = crm.leads.list(query)
  for await (const item of list) same<Same<typeof item, Lead>>()
  for await (const page of list.pages()) same<Same<typeof page.page.nextCursor, string | null>>()
  const page = await list
  same<Same<typeof page.data, Lead[]>>()
  same<Same<Awaited<ReturnType<typeof list.toArray>>, Lead[]>>()
  same<Same<Awaited<ReturnType<typeof crm.users.me>>, User>>()
}

export function explain(error: unknown): string {
  if (error instanceof CrmValidationError) return error.errors.map(({ pointer, message }) => `${pointer} ${message}`).join()
  if (error instanceof CrmConflictError) return error.existingId ?? String(error.status)
  if (!(error instanceof CrmError)) throw error
  same<Same<typeof error.code, ProblemCode | undefined>>()
  same<Same<typeof error.requestId, string | undefined>>()
  switch (error.code) {
    case 'lead_already_exists':
      return 'there is one'
    case undefined:
      return 'no answer'
    default:
      return error.problem?.detail ?? ''
  }
}
