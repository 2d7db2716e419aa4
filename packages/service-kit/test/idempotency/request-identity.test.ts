import t from 'tap'
import { type IdempotentRequest, identify } from '../../src/idempotency/request-identity.ts'

const request: IdempotentRequest = {
  userId: '01980000-0000-7000-8000-00000000000a',
  method: 'POST',
  path: '/v1/leads',
  key: 'k-1',
  body: { name: 'Ada', tags: ['a', 'b'], nested: { x: 1, y: null } },
  ifMatch: undefined,
}

t.test('the same request has the same identity, whatever the order of the members of its body', async (t) => {
  const reordered = { nested: { y: null, x: 1 }, tags: ['a', 'b'], name: 'Ada' }
  t.strictSame(identify({ ...request, body: reordered }), identify(request))
})

const otherFingerprints: [string, Partial<IdempotentRequest>][] = [
  ['another value', { body: { ...(request.body as object), name: 'Eva' } }],
  ['another order of an array', { body: { ...(request.body as object), tags: ['b', 'a'] } }],
  ['a member more', { body: { ...(request.body as object), email: null } }],
  ['a number for a string', { body: { ...(request.body as object), name: 1 } }],
  ['no body', { body: undefined }],
  ['an If-Match', { ifMatch: '"1"' }],
]
for (const [what, other] of otherFingerprints) {
  t.test(`${what} under the same key is another fingerprint of the same request`, async (t) => {
    const [first, second] = [identify(request), identify({ ...request, ...other })]
    t.not(second.fingerprint, first.fingerprint)
    t.equal(second.id, first.id)
    t.equal(second.lock, first.lock)
  })
}

t.test('two If-Match values are two fingerprints', async (t) => {
  t.not(identify({ ...request, ifMatch: '"1"' }).fingerprint, identify({ ...request, ifMatch: '"2"' }).fingerprint)
})

const otherRequests: [string, Partial<IdempotentRequest>][] = [
  ['user', { userId: '01980000-0000-7000-8000-00000000000b' }],
  ['method', { method: 'PATCH' }],
  ['path', { path: '/v1/customers' }],
  ['key', { key: 'k-2' }],
]
for (const [what, other] of otherRequests) {
  t.test(`a key is scoped to the ${what}`, async (t) => {
    const [first, second] = [identify(request), identify({ ...request, ...other })]
    t.not(second.id, first.id)
    t.not(second.lock, first.lock)
  })
}

t.test('parts are not mixed up: what ends one and begins the next makes another request', async (t) => {
  t.not(identify({ ...request, path: '/v1/leads/a', key: 'b' }).id, identify({ ...request, path: '/v1/leads/', key: 'ab' }).id)
})

t.test('the fingerprint of a body differs per key, so that one table of hashes does not tell bodies apart', async (t) => {
  t.not(identify({ ...request, key: 'k-2' }).fingerprint, identify(request).fingerprint)
})

t.test('the lock is a signed 64-bit number', async (t) => {
  for (let i = 0; i < 100; i++) {
    const lock = BigInt(identify({ ...request, key: `k-${i}` }).lock)
    t.equal(BigInt.asIntN(64, lock), lock)
  }
})
