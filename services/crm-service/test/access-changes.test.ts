import t from 'tap'
import { bearer, createLead, inSession, listLeads, loginOf, newLogin, untilSeen, untilStatus } from './logins.ts'
import { acme, acmeEast, acmeWest, startSystem } from './system.ts'

t.test('what changes at user-service shows at crm-service within two seconds', async (t) => {
  const system = await startSystem(t, { authMode: 'token' })
  const { url } = system.userService

  await t.test('a change of role shows', async (t) => {
    const login = await newLogin(system, 'CHILD_USER', acme)
    t.equal((await createLead(system, login, acmeWest)).status, 422)
    await system.changeIdentity(`/v1/users/${login.user.id}`, { role: 'PARENT_ADMIN' })
    t.equal((await createLead(system, login, acmeWest)).status, 201, 'a refusal rests on no remembered answer')
    await system.changeIdentity(`/v1/users/${login.user.id}`, { role: 'CHILD_USER' })
    await untilSeen(() => createLead(system, login, acmeWest), { isSeen: ({ status }) => status === 422, what: 'the role is gone' })
  })

  await t.test('a change of company shows', async (t) => {
    const login = await newLogin(system, 'CHILD_USER', acmeWest)
    t.equal((await createLead(system, login, acmeWest)).status, 201)
    await system.changeIdentity(`/v1/users/${login.user.id}`, { companyId: acmeEast })
    await untilSeen(() => listLeads(system, login), {
      isSeen: ({ status, body }) => status === 200 && body.data.every(({ companyId }) => companyId === acmeEast),
      what: 'only the new company is seen',
    })
    t.equal((await createLead(system, login, acmeEast)).status, 201)
    t.equal((await createLead(system, login, acmeWest)).status, 422)
  })

  await t.test('a deactivated user is out, in every session', async (t) => {
    const login = await newLogin(system, 'CHILD_USER', acmeWest)
    const second = await loginOf(system, login)
    for (const session of [login, second]) t.equal((await listLeads(system, session)).status, 200)
    await system.changeIdentity(`/v1/users/${login.user.id}`, { isActive: false })
    for (const session of [login, second]) await untilStatus(system, session, 401, 'the user is out')
  })

  await t.test('the users of a deactivated company, and of those below it, are out', async (t) => {
    const division = await system.createCompany('Division', acme)
    const team = await system.createCompany('Team', division)
    const [above, below] = [await newLogin(system, 'CHILD_USER', division), await newLogin(system, 'CHILD_USER', team)]
    for (const login of [above, below]) t.equal((await listLeads(system, login)).status, 200)
    await system.changeIdentity(`/v1/companies/${division}`, { isActive: false })
    for (const login of [above, below]) await untilStatus(system, login, 401, 'the users are out')
  })

  await t.test('an ended session is out, and the other sessions of its user are not', async (t) => {
    const login = await newLogin(system, 'CHILD_USER', acmeWest)
    const second = await loginOf(system, login)
    for (const session of [login, second]) t.equal((await listLeads(system, session)).status, 200)
    const ended = await fetch(`${url}/v1/auth/logout`, {
      method: 'POST',
      headers: { ...bearer(login.accessToken), 'x-user-id': login.user.id, 'content-type': 'application/json' },
      body: JSON.stringify({ refreshToken: login.refreshToken }),
    })
    t.equal(ended.status, 204)
    await untilStatus(system, login, 401, 'the session is out')
    t.equal((await listLeads(system, second)).status, 200)
    t.equal((await listLeads(system, login)).status, 401, 'what the other session has just heard is not for it')
  })

  await t.test('what user-service says of companies to one session is not taken for another', async (t) => {
    const login = await newLogin(system, 'CHILD_USER', acmeWest)
    const second = await loginOf(system, login)
    const resolved = () => system.userService.requests().filter((request) => request === 'POST /v1/companies/resolve').length
    const before = resolved()
    for (const session of [login, second]) {
      const answer = await system.call('GET', '/v1/leads?expand=company&limit=1', inSession(session))
      t.match(answer, { status: 200, body: { data: [{ company: { id: acmeWest } }] } })
    }
    t.equal(resolved() - before, 2)
  })
})
