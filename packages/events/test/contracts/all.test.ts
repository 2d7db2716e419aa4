import t from 'tap'
import { allContracts } from '../../src/contracts/all.ts'
import { leadErased } from '../../src/contracts/lead.ts'

t.test('types are the topics of the design, each once', async (t) => {
  t.strictSame(
    allContracts.map((contract) => contract.type),
    [
      ...['created', 'updated', 'qualified', 'deleted', 'restored', 'erased'].map((what) => `lead.${what}`),
      ...['company.created', 'company.updated', 'user.created', 'user.updated', 'user.password-changed'].map((what) => `identity.${what}`),
      ...['started', 'ended', 'rejected', 'reuse-detected'].map((what) => `identity.session.${what}`),
      'ops.dead-letter.replayed',
    ],
  )
})

t.test('every payload names its company and who did it, and takes fields it does not know', async (t) => {
  for (const { type, payload } of allContracts) {
    t.ok(payload.required?.includes('companyId'), `${type}: companyId`)
    t.ok(payload.required?.includes('actorUserId'), `${type}: actorUserId`)
    t.equal(payload.additionalProperties, undefined, `${type}: open`)
  }
})

t.test('an erased lead leaves no personal data in its event', async (t) => {
  t.strictSame(Object.keys(leadErased.payload.properties), ['leadId', 'companyId', 'actorUserId', 'erasedAt'])
})

t.test('no payload has a field for a secret', async (t) => {
  for (const { type, payload } of allContracts) t.notMatch(JSON.stringify(payload).toLowerCase(), /password|secret|token|hash/, type)
})
