import t from 'tap'
import { startService } from '../../fixture.ts'
import { givePassword, login, signedIn } from '../../sign-in.ts'

const service = await startService(t, { trustProxy: '127.0.0.1' })
await givePassword(service, 'westUser')

const clients: [string, string, string][] = [
  ['an address', '192.0.2.1', '192.0.2.1'],
  ['an address with a port', '192.0.2.1:54321', '192.0.2.1'],
  ['an IPv6 address with a port', '[2001:0DB8::1]:54321', '2001:db8::1'],
  ['IPv4 as IPv6', '::ffff:c000:201', '192.0.2.1'],
  ['no address', 'unknown', '0.0.0.0'],
]
for (const [what, forwardedFor, address] of clients) {
  t.test(`a session that began from ${what}, as a trusted proxy tells it, is shown with its address`, async (t) => {
    const { headers, sessionId } = signedIn(await login(service, 'westUser', {}, { 'x-forwarded-for': forwardedFor }))
    const { body } = await service.call('GET', '/v1/users/me/sessions', { headers })
    t.match(
      body.data.filter(({ id }: { id: string }) => id === sessionId),
      [{ address }],
    )
    const [event] = await service.db.sql`select payload ->> 'address' as address from outbox where payload ->> 'sessionId' = ${sessionId}`
    t.equal(event?.address, address)
  })
}

t.test('a user agent of any length is kept as far as it tells something', async (t) => {
  const { sessionId } = signedIn(await login(service, 'westUser', {}, { 'user-agent': 'x'.repeat(5_000) }))
  const [row] = await service.db.sql`select length(user_agent) as length from sessions where id = ${sessionId}`
  t.equal(row?.length, 300)
})
