import t from 'tap'
import { CrmAccessTokenError, CrmConnectionError, createCrmClient } from '../src/index.ts'
import { hangUp, problem, type Step } from './scripted-server.ts'
import { own, startApi, tokens, unauthenticated } from './session-api.ts'

const lead = { name: 'Leonie Köhler', email: 'leonie@example.com', companyId: 'c' }

const failures = {
  'its refresh finds no service': { refresh: problem(503, 'unavailable', { 'retry-after': '3600' }), name: 'CrmUnavailableError' },
  'its refresh loses its answer': { refresh: hangUp, name: 'CrmConnectionError' },
  'its session has ended': { refresh: problem(401, 'invalid_credentials'), name: 'CrmAuthenticationError' },
}
for (const [what, { refresh: step, name }] of Object.entries(failures)) {
  t.test(`a write that may be done tells its key and what failed first, though ${what}: each of its own`, async (t) => {
    const isLost = new Set<string>()
    const byTurns: Step = (response, request) => {
      const key = String(request.headers['idempotency-key'])
      if (isLost.has(key)) return unauthenticated(response, request)
      isLost.add(key)
      return hangUp(response, request)
    }
    const server = await startApi(t, { login: [tokens(1)], refresh: [step], others: [byTurns] })
    const crm = createCrmClient({ baseUrl: server.url, credentials: {} })
    await crm.logIn(own)
    const keys = ['import-1', 'import-2']
    const errors = await Promise.all(keys.map((idempotencyKey) => crm.leads.create(lead, { idempotencyKey }).catch((e: unknown) => e)))
    for (const [nth, error] of errors.entries()) {
      t.match(error, { name, idempotencyKey: keys[nth], previousFailure: CrmConnectionError })
      t.match(error, { previousFailure: { message: /^POST \/v1\/leads: no response/ } })
    }
    t.not(errors[0], errors[1])
  })
}

t.test('a write that may be done tells its key and what failed first, though what gives tokens fails then', async (t) => {
  const server = await startApi(t, { others: [hangUp] })
  let asked = 0
  const signedOut = new Error('signed out')
  const accessToken = () => (++asked === 1 ? 'token' : Promise.reject(signedOut))
  const error = await createCrmClient({ baseUrl: server.url, accessToken })
    .leads.create(lead, { idempotencyKey: 'import-7' })
    .catch((thrown: unknown) => thrown)
  t.ok(error instanceof CrmAccessTokenError)
  t.match(error, { idempotencyKey: 'import-7', cause: signedOut, previousFailure: CrmConnectionError })
})

t.test('what was refused before it was done does not hide the failure of what may be done', async (t) => {
  const limited = problem(429, 'rate_limited', { 'retry-after': '0' })
  const server = await startApi(t, { others: [hangUp, limited, problem(409, 'lead_already_exists')] })
  const crm = createCrmClient({ baseUrl: server.url, accessToken: 'token' })
  const error = await crm.leads.create(lead, { idempotencyKey: 'import-7' }).catch((thrown: unknown) => thrown)
  t.match(error, { name: 'CrmConflictError', idempotencyKey: 'import-7', previousFailure: CrmConnectionError, cause: CrmConnectionError })
  t.equal(server.requests.length, 3)
  const before = server.requests.length
  const alone = await crm.leads.create(lead).catch((thrown: unknown) => thrown)
  t.match(alone, { name: 'CrmConflictError', previousFailure: undefined, cause: undefined })
  t.equal(server.requests.length, before + 1)
})
