import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { west } from '@crm/testing/all-in-one.ts'
import t, { type Test } from 'tap'
import { newLeads } from './leads.ts'
import { startLoad } from './load.ts'

const id = '01980000-0000-7000-8000-000000000001'
const times = { createdAt: '2026-01-31T09:30:00.000Z', updatedAt: '2026-01-31T09:30:00.000Z' }
const headers = { 'content-type': 'application/json', etag: '"1"', 'x-request-id': id, 'cache-control': 'private, no-store' }

/** Writes three leads to a service that answers with a lead and something more; rejects as the load does. */
async function loadAnsweredWith(t: Test, more: object): Promise<number> {
  const server = createServer(async (request, response) => {
    const asked: object = JSON.parse(await text(request))
    response.writeHead(201, { ...headers, location: `/v1/leads/${id}` })
    response.end(JSON.stringify({ id, ...asked, status: 'NEW', ...times, version: 1, ...more }))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const load = startLoad(t, { urls: [`http://127.0.0.1:${port}`], next: newLeads(3), pace: { clients: 1 }, userId: west })
  await load.finished
  return load.acknowledged()
}

t.test('a load whose answers are those of the API ends well', async (t) => {
  t.equal(await loadAnsweredWith(t, {}), 3)
})

t.test('a load in which an answer is not one that the document names fails at its end, and says once what it was', async (t) => {
  await t.rejects(loadAnsweredWith(t, { secret: 'x' }), {
    message: "createLead (POST /v1/leads) answered 201 with a body in which / must NOT have additional properties ('secret')",
  })
})
