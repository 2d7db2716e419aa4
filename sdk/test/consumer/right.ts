import {
  type CrmClient,
  CrmConflictError,
  CrmError,
  type CrmSessionClient,
  CrmValidationError,
  createCrmClient,
  type Lead,
  type LeadCreate,
  type LeadStatus,
  type ListLeadsQuery,
  type ProblemCode,
  type ResponseMetadata,
  type SessionTokens,
  type User,
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
  store: (tokens: SessionTokens | undefined) => Promise<void>,
): Promise<User> {
  const crm = createCrmClient({ baseUrl: 'https://crm.example.com', credentials: { tokens, onTokens: store } })
  const user = await crm.logIn({ email: 'a@example.com', password: 'secret' })
  same<Same<typeof user, User>>()
  await crm.logOut()
  return user
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
  await crm.leads.update(lead.id, { status: 'CONTACTED' }, { ifMatch: '"3"', onConflict: 'refetch' })
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
