import Fastify from 'fastify'
import postgres from 'postgres'
import { type BareLead, insertLead, insertLeadOnce } from './bare-statements.ts'

// The baseline, in a process of its own: the least code that answers the request with the statements crm-service runs for it.
const sql = postgres(process.env.DATABASE_URL ?? '', { max: 10, onnotice: () => {}, connection: { application_name: 'bare' } })
const app = Fastify()

app.post<{ Body: Pick<BareLead, 'name' | 'email' | 'companyId'> }>('/v1/leads', async (request, reply) => {
  const now = new Date()
  const { name, email, companyId } = request.body
  const lead: BareLead = { id: timeOrderedId(now), name, email, status: 'NEW', companyId, createdAt: now, updatedAt: now, version: 1 }
  const event = { id: timeOrderedId(now), actorUserId: String(request.headers['x-user-id']), requestId: timeOrderedId(now) }
  const key = request.headers['idempotency-key']
  await (typeof key === 'string' ? insertLeadOnce(sql, key, lead, event) : insertLead(sql, lead, event))
  reply.code(201)
  return lead
})

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })

/** A UUIDv7, as crm-service's are: random ids would scatter over the indexes and cost the baseline dear. */
function timeOrderedId(now: Date): string {
  const time = now.getTime().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`
}
