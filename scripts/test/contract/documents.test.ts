import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { allContracts } from '@crm/events/contracts/all.ts'
import t from 'tap'
import { parse } from 'yaml'
import { root } from '../../steps.ts'
import { auditApi, auditEvents } from './document-gaps.ts'
import type { Draft } from './example-documents.ts'

const api = (): Draft => JSON.parse(readFileSync(join(root, 'openapi/gateway.json'), 'utf8'))
const events = (): Draft => parse(readFileSync(join(root, 'openapi/asyncapi.yaml'), 'utf8'))

t.test('every operation is named and described, has examples that its schemas take, and names every error it can give', async (t) => {
  const { gaps, examples } = auditApi(api())
  t.strictSame(gaps, [])
  const operations = Object.values<object>(api().paths).flatMap((item) => Object.keys(item))
  t.ok(examples > 10 * operations.length, `${examples} examples in ${operations.length} operations`)
})

t.test('every event has an example of headers and payload that its schemas take', async (t) => {
  const { gaps, examples } = auditEvents(events())
  t.strictSame(gaps, [])
  t.strictSame(
    Object.keys(events().channels),
    allContracts.map(({ type }) => type),
  )
  t.ok(examples >= 2 * allContracts.length, `${examples} examples of ${allContracts.length} events`)
})

t.test('what is missing from an operation is named', async (t) => {
  const post = (document: Draft) => document.paths['/v1/leads'].post
  for (const [change, gap] of [
    [(document) => delete post(document).operationId, 'POST /v1/leads: no operationId'],
    [(document) => delete post(document).summary, 'POST /v1/leads: no summary'],
    [(document) => delete post(document).description, 'POST /v1/leads: no description'],
    [(document) => (post(document).tags = ['others']), 'POST /v1/leads: no tag that the document describes'],
    [(document) => delete post(document).responses[409], 'POST /v1/leads: no response 409'],
    [(document) => delete document.paths['/v1/leads/{leadId}'].get.responses[404], 'GET /v1/leads/{leadId}: no response 404'],
    [(document) => delete post(document).requestBody.content['application/json'].example, '/v1/leads post requestBody: no example'],
    [(document) => delete post(document).responses[201].content['application/json'].example, '/v1/leads post responses 201: no example'],
    [
      (document) => (post(document).requestBody.content['application/json'].example.email = 'nobody'),
      '/v1/leads post requestBody: its example: /email must match format "idn-email"',
    ],
    [
      (document) => (post(document).responses[201].content['application/json'].example.secret = 'x'),
      "/v1/leads post responses 201: its example: / must NOT have additional properties ('secret')",
    ],
    [
      (document) => (document.components.schemas.Lead.properties.version.examples = [0]),
      'Lead.properties.version: its example: / must be >= 1',
    ],
    [
      (document) => (post(document).responses[404].content['application/problem+json'].examples.not_found.value.status = 410),
      '/v1/leads post responses 404: its example is of status 410',
    ],
  ] satisfies [(document: Draft) => unknown, string][]) {
    const document = api()
    change(document)
    t.strictSame(auditApi(document).gaps, [gap], gap)
  }
})

t.test('what is missing from an event is named', async (t) => {
  const message = (document: Draft) => document.components.messages['lead.created']
  for (const [change, gap] of [
    [(document) => (message(document).examples = []), 'lead.created: no example'],
    [(document) => delete message(document).summary, 'lead.created: no summary'],
    [(document) => (message(document).examples[0].payload.status = 'LOST'), /^lead\.created, example 1: its example: \/status must/],
    [
      (document) => delete message(document).examples[0].headers.ce_id,
      "lead.created, example 1: its example: / must have required property 'ce_id'",
    ],
  ] satisfies [(document: Draft) => unknown, string | RegExp][]) {
    const document = events()
    change(document)
    t.match(auditEvents(document).gaps[0] ?? '', gap)
  }
})
