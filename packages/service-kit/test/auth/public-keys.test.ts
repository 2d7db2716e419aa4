import { createTokenSigner } from '@crm/testing/tokens/token-signer.ts'
import t, { type Test } from 'tap'
import { remotePublicKeys } from '../../src/auth/public-keys.ts'
import { createServiceClient } from '../../src/http-client/service-client.ts'
import { createLogger } from '../../src/logging/logger.ts'
import { answerJson, type Behaviour, hang, reset, startDependency } from '../http-client/scripted-dependency.ts'

const [first, second] = [createTokenSigner({ kid: 'first' }), createTokenSigner({ kid: 'second' })]
const published = (...signers: { jwk: object }[]) => answerJson(200, { keys: signers.map(({ jwk }) => jwk) })
const unavailable = { name: 'AppError', code: 'dependency_unavailable', status: 503 }
const minute = 60_000

/** A short deadline is for what hangs: of an answer that is to come, a machine that stalls would make none. */
async function against(t: Test, behave: Behaviour, deadlineMs = 10_000) {
  const userService = await startDependency(t, behave)
  const logger = createLogger({ name: 'test', level: 'silent' })
  const client = createServiceClient({ name: 'user-service', baseUrl: userService.baseUrl, deadlineMs, logger })
  t.teardown(() => client.close())
  const clock = { ms: 0 }
  return { userService, clock, keys: remotePublicKeys(client, { now: () => 1 + clock.ms }) }
}

t.test('a key is found by its id, at the place where key sets are published', async (t) => {
  const asked: unknown[] = []
  const { keys } = await against(t, (request, response, nth) => {
    asked.push([request.method, request.url, request.headers.authorization, request.headers['x-user-id']])
    published(first, second)(request, response, nth)
  })
  t.equal(await keys.find('second'), second.publicKeyPem)
  t.equal(await keys.find('first'), first.publicKeyPem)
  t.equal(await keys.find('third'), undefined)
  t.strictSame(asked, [['GET', '/.well-known/jwks.json', undefined, undefined]])
})

t.test('questions at the same time share one request', async (t) => {
  const { userService, keys } = await against(t, published(first))
  const found = await Promise.all(Array.from({ length: 50 }, (_, i) => keys.find(i % 2 === 0 ? 'first' : 'unknown')))
  for (const [i, key] of found.entries()) t.equal(key, i % 2 === 0 ? first.publicKeyPem : undefined)
  t.equal(userService.requests, 1)
})

t.test('keys are asked for again after 30 s: one that is no longer published is no longer known', async (t) => {
  const { userService, clock, keys } = await against(t, published(first, second))
  t.equal(await keys.find('first'), first.publicKeyPem)
  userService.behave = published(second)
  clock.ms = 29_999
  t.equal(await keys.find('first'), first.publicKeyPem)
  t.equal(userService.requests, 1)
  clock.ms = 30_001
  t.equal(await keys.find('first'), undefined)
  t.equal(await keys.find('second'), second.publicKeyPem)
})

t.test('an unknown id is asked for at once, then at most every 30 s, whatever ids come', async (t) => {
  const { userService, clock, keys } = await against(t, published(first))
  await keys.find('first')
  clock.ms = 5_000
  userService.behave = published(first, second)
  const found = await Promise.all([keys.find('second'), keys.find('second'), keys.find('unknown')])
  t.strictSame(found, [second.publicKeyPem, second.publicKeyPem, undefined])
  t.equal(userService.requests, 2, 'those who looked at the same time shared the request')
  for (clock.ms = 5_001; clock.ms < 35_000; clock.ms += 500) t.equal(await keys.find(`unknown ${clock.ms}`), undefined)
  t.equal(userService.requests, 2)
  clock.ms = 35_000
  await keys.find('unknown')
  t.equal(userService.requests, 3)
})

t.test('while user-service is away known keys go on for ten minutes, and nobody says that an unknown one is unknown', async (t) => {
  const { userService, clock, keys } = await against(t, published(first))
  await keys.find('first')
  await userService.stop()
  for (const ms of [31_000, minute, 9 * minute, 10 * minute]) {
    clock.ms = ms
    t.equal(await keys.find('first'), first.publicKeyPem, `after ${ms} ms`)
    await t.rejects(keys.find('unknown'), unavailable)
  }
  clock.ms = 10 * minute + 1
  await t.rejects(keys.find('first'), unavailable)
})

t.test('once user-service is back its keys are known at once', async (t) => {
  const { userService, keys } = await against(t, reset)
  await t.rejects(keys.find('first'), unavailable)
  userService.behave = published(first)
  t.equal(await keys.find('first'), first.publicKeyPem)
})

t.test('a search that failed does not keep the next from searching', async (t) => {
  const { userService, clock, keys } = await against(t, published(first))
  await keys.find('first')
  clock.ms = 2_000
  userService.behave = reset
  await t.rejects(keys.find('second'), unavailable)
  userService.behave = published(first, second)
  t.equal(await keys.find('second'), second.publicKeyPem)
})

t.test('keys of kinds that are not ours are left out', async (t) => {
  const { kid, ...withoutId } = first.jwk
  const foreign = [
    withoutId,
    { ...first.jwk, kid: 'rsa', kty: 'RSA', n: 'AQAB', e: 'AQAB' },
    { ...first.jwk, kid: 'x25519', crv: 'X25519' },
    { ...first.jwk, kid: 'encryption', use: 'enc' },
    { ...first.jwk, kid: 'es256', alg: 'ES256' },
    { ...first.jwk, kid: 'short', x: 'AAAA' },
    { ...first.jwk, kid: 'secret', kty: 'oct', k: 'c2VjcmV0' },
    null,
    'first',
  ]
  const { keys } = await against(t, answerJson(200, { keys: [...foreign, second.jwk] }))
  for (const unknown of ['rsa', 'x25519', 'encryption', 'es256', 'short', 'secret', kid])
    t.equal(await keys.find(unknown), undefined, unknown)
  t.equal(await keys.find('second'), second.publicKeyPem)
})

const garbage: [string, Behaviour][] = [
  ['no keys', answerJson(200, { keys: [] })],
  ['no key that is ours', answerJson(200, { keys: [{ ...first.jwk, kty: 'RSA' }] })],
  ['another shape', answerJson(200, [first.jwk])],
  ['null', answerJson(200, null)],
  ['a page of HTML', (_request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello</p>')],
  ['404', answerJson(404, {})],
  ['401', answerJson(401, {})],
  ['500', answerJson(500, { keys: [first.jwk] })],
  ['nothing', hang],
]
for (const [what, behave] of garbage) {
  t.test(`${what} for an answer is 503, never a guess`, async (t) => {
    const { keys } = await against(t, behave, behave === hang ? 300 : undefined)
    const error = await keys.find('first').catch((reason: unknown) => reason)
    t.match(error, unavailable)
    const { headers } = error as { headers: Record<string, string> }
    t.equal(new Headers(headers).get('retry-after'), '1')
  })
}
