import { type Caller, type Credentials, sessionKey } from '@crm/service-kit/auth/caller.ts'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import { createAnswerCache } from '@crm/service-kit/http-client/answer-cache.ts'
import { answerCheck } from '@crm/service-kit/http-client/answer-check.ts'
import type { ServiceClient } from '@crm/service-kit/http-client/service-client.ts'
import { type Static, Type } from '@sinclair/typebox'

const ResolvedCompany = Type.Object({
  id: Type.String(),
  exists: Type.Boolean(),
  isActive: Type.Boolean(),
  name: Type.Union([Type.String(), Type.Null()]),
  descendantIds: Type.Optional(Type.Array(Type.String())),
})
const isResolveAnswer = answerCheck(Type.Object({ data: Type.Array(ResolvedCompany) }))

/** What user-service says of a company, to this caller. */
export type ResolvedCompany = Static<typeof ResolvedCompany>

interface Question {
  credentials: Credentials
  requestId: string
  ids: string[]
  includeDescendants: boolean
}

/** user-service resolves so many ids at once. */
const idsPerQuestion = 200

/** Answers questions about companies from user-service, remembering each answer for up to a second. */
export interface CompanyDirectory {
  /** Asks in one call per 200 companies, whatever the number of records that name them. */
  resolve(caller: Caller, companyIds: readonly string[]): Promise<Map<string, ResolvedCompany>>
  /** The companies below one, at any depth, that the caller may see. */
  descendantsOf(caller: Caller, companyId: string): Promise<string[]>
}

export function createCompanyDirectory(userService: ServiceClient): CompanyDirectory {
  const answers = createAnswerCache({
    ask: (_key, question: Question) => askUserService(userService, question),
    sizeOf: (companies) => companies.reduce((ids, { descendantIds = [] }) => ids + 1 + descendantIds.length, 1),
  })
  const answer = async (caller: Caller, ids: string[], includeDescendants: boolean) => {
    const { credentials, requestId } = caller
    const key = `${sessionKey(credentials)} ${includeDescendants} ${ids.join()}`
    const question = { credentials, requestId, ids, includeDescendants }
    return caller.fresh ? answers.ask(key, question) : (answers.peek(key) ?? answers.get(key, question))
  }
  return {
    async resolve(caller, companyIds) {
      const ids = [...new Set(companyIds)].sort()
      const chunks = Array.from({ length: Math.ceil(ids.length / idsPerQuestion) }, (_, chunk) =>
        ids.slice(chunk * idsPerQuestion, (chunk + 1) * idsPerQuestion),
      )
      const resolved = await Promise.all(chunks.map((chunk) => answer(caller, chunk, false)))
      return new Map(resolved.flat().map((company) => [company.id, company]))
    },
    async descendantsOf(caller, companyId) {
      const [company] = await answer(caller, [companyId], true)
      if (!company?.descendantIds) throw noAnswer('user-service left out the companies below one.')
      return company.descendantIds
    },
  }
}

async function askUserService(userService: ServiceClient, { credentials, requestId, ids, includeDescendants }: Question) {
  const { status, body } = await userService.request({
    method: 'POST',
    path: '/v1/companies/resolve',
    headers: { ...credentials.headers, 'x-request-id': requestId },
    body: includeDescendants ? { ids, includeDescendants } : { ids },
    isSafe: true,
  })
  if (status === 401) throw new AppError('unauthenticated', 'The caller is unknown or inactive.')
  if (status !== 200 || !isResolveAnswer(body)) {
    throw noAnswer(`user-service answered ${status} to a question about companies.`)
  }
  return body.data
}

function noAnswer(detail: string): AppError {
  return new AppError('dependency_unavailable', detail, { headers: { 'retry-after': '1' } })
}
