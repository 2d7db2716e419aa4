import { Type } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import { authentication } from '../../src/auth/authentication.ts'
import type { Caller } from '../../src/auth/caller.ts'
import { AppError } from '../../src/errors/app-error.ts'
import { CreateHeaders } from '../../src/http/operation-parts.ts'
import { runWrite } from '../../src/http/write-route.ts'
import { accessOf, userId } from '../access/access-of.ts'
import { verifierOf } from '../auth/token-verifier.ts'
import { countedWrites, createEffect } from '../idempotency/counted-writes.ts'
import { isProblem, testServer } from './test-server.ts'

interface Checks {
  authorize?(caller: Caller): Promise<void>
  recheck?(): void
}

async function writing(t: Test, checks: Checks = {}) {
  const { db, countEffects } = await countedWrites(t)
  const { app } = await testServer(t)
  let commits = 0
  const access = accessOf('PARENT_ADMIN')
  const accessSource = { remembers: true, cached: () => access, get: async () => access, ask: async () => access }
  const { verify } = await verifierOf(t)
  await app.register(authentication, { accessSource, mode: 'header', verify })
  const body = Type.Object({ name: Type.String() }, { additionalProperties: false })
  app.post('/effects', { schema: { headers: CreateHeaders, body } }, (request, reply) =>
    runWrite({ db, request, reply, work: createEffect, recheck: () => {}, afterCommit: () => commits++, ...checks }),
  )
  const post = (headers: Record<string, string> = {}, name = 'Ada') =>
    app.inject({ method: 'POST', url: '/effects', payload: { name }, headers: { 'x-user-id': userId, ...headers } })
  return { post, countEffects, commits: () => commits }
}

t.test('the first answer has ETag and Location, the same request again the same and Idempotent-Replayed', async (t) => {
  const { post, commits } = await writing(t)
  const first = await post({ 'idempotency-key': 'k-1' })
  t.equal(first.statusCode, 201)
  t.match(first.headers, { etag: '"1"', location: `/v1/effects/${first.json().id}` })
  t.notOk('idempotent-replayed' in first.headers)
  const again = await post({ 'idempotency-key': 'k-1' })
  t.equal(again.statusCode, 201)
  t.equal(again.body, first.body)
  t.match(again.headers, { etag: first.headers.etag, location: first.headers.location, 'idempotent-replayed': 'true' })
  t.equal(commits(), 1, 'what follows a commit follows the first one only')
})

t.test('another body under the key is 422', async (t) => {
  const { post, countEffects } = await writing(t)
  await post({ 'idempotency-key': 'k-1' })
  isProblem(t, await post({ 'idempotency-key': 'k-1' }, 'Eva'), { status: 422, code: 'idempotency_key_reused' })
  t.equal(await countEffects(), 1)
})

const badKeys = ['', 'a b', 'é', 'a'.repeat(256)]
for (const key of badKeys) {
  t.test(`the key "${key.slice(0, 5)}" of ${key.length} characters is refused, not ignored`, async (t) => {
    const { post, countEffects } = await writing(t)
    isProblem(t, await post({ 'idempotency-key': key }), {
      status: 400,
      code: 'validation_failed',
      errors: [{ pointer: '/headers/idempotency-key' }],
    })
    t.equal(await countEffects(), 0)
  })
}

t.test('a refusal before the transaction is asked about once more and leaves nothing', async (t) => {
  let asked = 0
  const { post, countEffects, commits } = await writing(t, {
    authorize: async () => {
      asked++
      throw new AppError('company_inactive', 'It is inactive.')
    },
  })
  isProblem(t, await post({ 'idempotency-key': 'k-1' }), { status: 422, code: 'company_inactive' })
  t.equal(asked, 2)
  t.equal(await countEffects(), 0)
  t.equal(commits(), 0)
})

t.test('a replay is refused to a caller who has lost the record', async (t) => {
  const { post } = await writing(t, {
    recheck: () => {
      throw new AppError('not_found', 'There is no such record.')
    },
  })
  t.equal((await post({ 'idempotency-key': 'k-1' })).statusCode, 201)
  isProblem(t, await post({ 'idempotency-key': 'k-1' }), { status: 404, code: 'not_found' })
})
