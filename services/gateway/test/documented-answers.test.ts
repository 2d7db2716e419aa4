import { once } from 'node:events'
import { request } from 'node:http'
import { operationsOf, securityOf } from '@crm/openapi/operations.ts'
import { publicApi } from '@crm/testing/responses/public-api.ts'
import { responseCheck } from '@crm/testing/responses/response-check.ts'
import t, { type Test } from 'tap'
import { readDocument } from '../src/documents/read-document.ts'
import { answer as answerWith, hang, reset } from './scripted-service.ts'
import { type Answer, type GatewaySettings, readAnswer, type SendOptions, startGateway, type TestGateway } from './start-gateway.ts'

const api = publicApi()
const check = responseCheck(api)
const documents = { users: readDocument('user-service'), things: readDocument('crm-service') }
const json = { 'content-type': 'application/json' }
const tooLarge = JSON.stringify('x'.repeat(64 * 1024))

// The router takes them for ids.
const dottedIds = ['..a', 'a..%2fb', '%2e%2ex']

/** A request for an operation of the public API. */
interface Called {
  name: string
  method: string
  url: string
  /** The same with a path that no parameter takes: too long, with dot segments, and with dots that are none. Undefined for operations without one. */
  tooLong: string | undefined
  dotted: string | undefined
  dotsAtSlashes: string[]
  isOpen: boolean
}

const operations = operationsOf(api).map((operation): Called => {
  const { name, method, path } = operation
  const filled = (value: string) => path.replace(/\{[^{}]+\}/g, value)
  const other = (value: string) => (path.includes('{') ? filled(value) : undefined)
  const isOpen = securityOf(operation, api)?.length === 0
  const dotsAtSlashes = dottedIds.flatMap((id) => other(id) ?? [])
  const url = filled('01980000-0000-7000-8000-000000000001')
  return { name, method: method.toUpperCase(), url, tooLong: other('x'.repeat(201)), dotted: other('%2e%2e'), dotsAtSlashes, isOpen }
})
const secured = operations.filter(({ isOpen }) => !isOpen)
const withPath = operations.filter(({ dotted }) => dotted !== undefined)
const writing = operations.filter(({ method }) => method !== 'GET')

/** The gateway with the operations of this release, before services that are scripted. */
const start = (t: Test, settings: GatewaySettings = {}) => startGateway(t, { documents, ...settings })

/** That an answer to an operation is this problem, in the words of the operation's document. */
function isDocumented(t: Test, { name, method, url }: Called, answer: Answer, problem: { status: number; code: string }): void {
  t.match({ status: answer.status, ...JSON.parse(answer.text) }, problem, name)
  t.strictSame(check.faultsOf({ method, url, body: answer.text, ...answer }), [], `${name}: ${problem.code}`)
}

interface Refused {
  what: string
  status: number
  code: string
  of: Called[]
  how: (gateway: TestGateway, called: Called) => SendOptions & { url?: string | undefined }
}

const refused: Refused[] = [
  { what: 'nobody says who calls', status: 401, code: 'unauthenticated', of: secured, how: () => ({}) },
  {
    what: 'a token is none',
    status: 401,
    code: 'unauthenticated',
    of: secured,
    how: () => ({ headers: { authorization: 'Bearer x' } }),
  },
  {
    what: 'a parameter of the path is too long',
    status: 400,
    code: 'validation_failed',
    of: withPath,
    how: ({ authorized }, { tooLong }) => ({ url: tooLong, headers: authorized }),
  },
  {
    what: 'a query is no text',
    status: 400,
    code: 'validation_failed',
    of: operations,
    how: ({ authorized }, { url }) => ({ url: `${url}?%ff`, headers: authorized }),
  },
  {
    what: 'the Host is given twice',
    status: 400,
    code: 'malformed_request',
    of: operations,
    how: ({ authorized }) => ({ headers: ['host', 'localhost', 'host', 'localhost', 'authorization', authorized.authorization] }),
  },
  {
    what: 'a path has dot segments',
    status: 404,
    code: 'not_found',
    of: withPath,
    how: ({ authorized }, { dotted }) => ({ url: dotted, headers: authorized }),
  },
  ...dottedIds.map((id, nth) => ({
    what: `an id is ${id}`,
    status: 400,
    code: 'validation_failed',
    of: withPath,
    how: ({ authorized }: TestGateway, { dotsAtSlashes }: Called) => ({ url: dotsAtSlashes[nth], headers: authorized }),
  })),
  {
    what: 'a body is larger than any service reads',
    status: 413,
    code: 'body_too_large',
    of: writing,
    how: ({ authorized }) => ({ headers: { ...authorized, ...json }, body: tooLarge }),
  },
  {
    what: 'a body is of a type that is none',
    status: 415,
    code: 'unsupported_media_type',
    of: writing,
    how: ({ authorized }) => ({ headers: { ...authorized, 'content-type': 'x' }, body: '{}' }),
  },
  {
    what: 'the Host is none of loopback',
    status: 421,
    code: 'misdirected_request',
    of: operations,
    how: ({ authorized }) => ({ headers: { ...authorized, host: 'crm.example.com' } }),
  },
  {
    what: 'the headers are too large',
    status: 431,
    code: 'headers_too_large',
    of: operations,
    how: ({ authorized }) => ({ headers: { ...authorized, 'x-large': 'x'.repeat(20_000) } }),
  },
]

t.test('what the gateway refuses by itself is as the document of the operation says', async (t) => {
  const gateway = await start(t, { loopbackHostsOnly: true })
  for (const { what, status, code, of, how } of refused) {
    await t.test(what, async (t) => {
      for (const called of of) {
        const { url = called.url, ...options } = how(gateway, called)
        const answer = await gateway.send(url, { method: called.method, ...options })
        isDocumented(t, called, answer, { status, code })
      }
    })
  }
  t.equal(gateway.things.received.length + gateway.userService.received.length, 0, 'no service hears of it')
})

t.test('and so is a request that does not come in time', async (t) => {
  const { url, authorized } = await start(t, { requestWithinMs: 500 })
  const { hostname, port } = new URL(url)
  const answers = writing.map(async (called) => {
    const headers = { ...authorized, ...json, 'content-length': 9 }
    const slow = request({ hostname, port, method: called.method, path: called.url, headers, agent: false })
    slow.write('{')
    const [response] = await once(slow, 'response')
    isDocumented(t, called, await readAnswer(response), { status: 408, code: 'request_timeout' })
  })
  await Promise.all(answers)
})

// The public keys are asked for as any service asks, and given.
const passedOn = operations.filter(({ url }) => url !== '/.well-known/jwks.json')

t.test('what it answers in place of a service that takes too long is as the document of the operation says', async (t) => {
  const { things, userService, authorized, send } = await start(t, { answerWithinMs: 500 })
  for (const service of [things, userService]) service.behave = hang
  const answers = passedOn.map(async (called) => {
    const answer = await send(called.url, { method: called.method, headers: authorized })
    isDocumented(t, called, answer, { status: 504, code: 'dependency_timeout' })
  })
  await Promise.all(answers)
})

t.test('and in place of one that cuts the connection', async (t) => {
  const { things, userService, authorized, send } = await start(t)
  for (const service of [things, userService]) service.behave = reset
  for (const called of passedOn) {
    const answer = await send(called.url, { method: called.method, headers: authorized })
    isDocumented(t, called, answer, { status: 503, code: 'dependency_unavailable' })
  }
})

t.test('and in place of a large one, as clients are reading too many', async (t) => {
  const { things, userService, authorized, send } = await start(t, { answerMemoryBytes: 100_000 })
  for (const service of [things, userService]) service.behave = answerWith(200, 'x'.repeat(100_000), { 'content-length': '100002' })
  for (const called of passedOn) {
    const answer = await send(called.url, { method: called.method, headers: authorized })
    isDocumented(t, called, answer, { status: 503, code: 'unavailable' })
  }
})

t.test('so is the answer to those whom nobody can know, as user-service is down', async (t) => {
  const { userService, authorized, send } = await start(t)
  await userService.stop()
  for (const called of secured) {
    const answer = await send(called.url, { method: called.method, headers: authorized })
    isDocumented(t, called, answer, { status: 503, code: 'dependency_unavailable' })
  }
})

t.test('and the answer to those who ask too often', async (t) => {
  const { authorized, send } = await start(t, { env: { RATE_LIMIT_PER_ADDRESS: '1' } })
  t.equal((await send('/v1/nothing')).status, 404)
  for (const called of operations) {
    const answer = await send(called.url, { method: called.method, headers: authorized })
    isDocumented(t, called, answer, { status: 429, code: 'rate_limited' })
    for (const name of ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after']) t.ok(answer.headers[name], name)
  }
})
