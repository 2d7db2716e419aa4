import { get } from 'node:http'
import { type CrmClient, createCrmClient } from '@crm/sdk'
import { isolatedEnvironment, startAllInOne } from '@crm/testing/all-in-one.ts'
import { checkedFetch } from '@crm/testing/responses/checked-fetch.ts'
import t from 'tap'

const companies = {
  acme: '01980000-0000-7000-8000-00000000c001',
  west: '01980000-0000-7000-8000-00000000c002',
  east: '01980000-0000-7000-8000-00000000c003',
  globalTech: '01980000-0000-7000-8000-00000000c004',
}
type CompanyName = keyof typeof companies

const emails = {
  admin: 'admin@crm.com',
  acmeAdmin: 'admin.acme@crm.com',
  globalAdmin: 'admin.global@crm.com',
  west: 'user.west@crm.com',
  east: 'user.east@example.com',
}
type UserName = keyof typeof emails

interface Sight {
  user: UserName
  password: string
  /** Of these companies they see the leads; the companies themselves, too, and those in `above`. */
  leadsOf: CompanyName[]
  above: CompanyName[]
  users: UserName[]
}

const eastPassword = 'a password of the tests'
/** The accounts of the README, and a sibling of the CHILD_USER among them. */
const sights: Sight[] = [
  {
    user: 'admin',
    password: 'admin123',
    leadsOf: ['acme', 'west', 'east', 'globalTech'],
    above: [],
    users: ['admin', 'acmeAdmin', 'globalAdmin', 'west', 'east'],
  },
  { user: 'acmeAdmin', password: 'acme123', leadsOf: ['acme', 'west', 'east'], above: [], users: ['acmeAdmin', 'west', 'east'] },
  { user: 'globalAdmin', password: 'global123', leadsOf: ['globalTech'], above: [], users: ['globalAdmin'] },
  { user: 'west', password: 'west123', leadsOf: ['west'], above: ['acme'], users: ['west'] },
  { user: 'east', password: eastPassword, leadsOf: ['east'], above: ['acme'], users: ['east'] },
]

/** Everything that a list has. */
async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of list) found.push(item)
  return found
}

t.test('each account of the sample data logs in at the gateway and sees what its role and company let it see', async (t) => {
  const system = await startAllInOne(t, await isolatedEnvironment(t))
  const session = ({ user, password }: Pick<Sight, 'user' | 'password'>): CrmClient =>
    createCrmClient({ baseUrl: system.gatewayUrl, credentials: { email: emails[user], password }, fetch: checkedFetch })
  const admin = session({ user: 'admin', password: 'admin123' })
  await admin.users.create({ email: emails.east, password: eastPassword, role: 'CHILD_USER', companyId: companies.east })
  const leads = new Map<string, CompanyName>()
  for (const [name, companyId] of Object.entries(companies) as [CompanyName, string][]) {
    const lead = await admin.leads.create({ name: `Of ${name}`, email: `${name.toLowerCase()}@example.com`, companyId })
    leads.set(lead.id, name)
  }

  for (const sight of sights) {
    const crm = session(sight)
    t.strictSame(new Set((await all(crm.leads.list())).map(({ id }) => leads.get(id))), new Set(sight.leadsOf), `${sight.user}: leads`)
    for (const [id, name] of leads) {
      if (!sight.leadsOf.includes(name))
        await t.rejects(crm.leads.get(id), { name: 'CrmNotFoundError' }, `${sight.user}: the lead of ${name}`)
    }
    const seen = [...sight.leadsOf, ...sight.above].map((name) => companies[name])
    t.strictSame(new Set((await all(crm.companies.list())).map(({ id }) => id)), new Set(seen), `${sight.user}: companies`)
    const users = sight.users.map((name) => emails[name])
    t.strictSame(new Set((await all(crm.users.list())).map(({ email }) => email)), new Set(users), `${sight.user}: users`)
  }

  t.equal(await statusFor(`${system.gatewayUrl}/docs/`, new URL(system.gatewayUrl).host), 200)
  t.equal(
    await statusFor(`${system.gatewayUrl}/docs/`, 'crm.evil.example'),
    421,
    'the passwords are no secret: other names are turned away',
  )
})

function statusFor(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    }).on('error', reject)
  })
}
