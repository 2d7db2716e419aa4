import t from 'tap'
import type { Access, Role } from '../../src/access/access.ts'
import {
  inScope,
  mayGrantRole,
  narrow,
  parentCompanyScope,
  type RecordKind,
  readScope,
  type Scope,
  userReadScope,
  writeScope,
} from '../../src/access/rules.ts'
import { accessOf, companies, userId } from './access-of.ts'

type Relation = keyof typeof companies
const everywhere = Object.keys(companies) as Relation[]
const own: Relation[] = ['own']
const below: Relation[] = ['child', 'grandchild']
const above: Relation[] = ['parent', 'root']

const table: { kind: RecordKind; role: Role; read: Relation[]; write: Relation[] }[] = [
  { kind: 'lead', role: 'CHILD_USER', read: own, write: own },
  { kind: 'lead', role: 'PARENT_ADMIN', read: [...own, ...below], write: [...own, ...below] },
  { kind: 'lead', role: 'SYSTEM_ADMIN', read: everywhere, write: everywhere },
  { kind: 'customer', role: 'CHILD_USER', read: [...own, ...above], write: own },
  { kind: 'customer', role: 'PARENT_ADMIN', read: [...own, ...below, ...above], write: [...own, ...below] },
  { kind: 'customer', role: 'SYSTEM_ADMIN', read: everywhere, write: everywhere },
  { kind: 'company', role: 'CHILD_USER', read: [...own, ...above], write: [] },
  { kind: 'company', role: 'PARENT_ADMIN', read: [...own, ...below, ...above], write: below },
  { kind: 'company', role: 'SYSTEM_ADMIN', read: everywhere, write: everywhere },
  { kind: 'user', role: 'CHILD_USER', read: [], write: [] },
  { kind: 'user', role: 'PARENT_ADMIN', read: [...own, ...below], write: [...own, ...below] },
  { kind: 'user', role: 'SYSTEM_ADMIN', read: everywhere, write: everywhere },
]

const held = (scope: Scope) => everywhere.filter((relation) => inScope(scope, companies[relation])).sort()

for (const { kind, role, read, write } of table) {
  t.test(`${kind} records: a ${role} reads [${read}] and writes [${write}], of all relations`, async (t) => {
    t.strictSame(held(readScope(accessOf(role), kind)), [...read].sort(), 'read')
    t.strictSame(held(writeScope(accessOf(role), kind)), [...write].sort(), 'write')
  })
}

t.test('the table names every pair of kind and role once', async (t) => {
  const pairs = table.map(({ kind, role }) => `${kind} ${role}`)
  t.equal(new Set(pairs).size, 4 * 3)
  t.equal(pairs.length, 4 * 3)
})

t.test('companies are created below: anywhere by SYSTEM_ADMIN, in the own tree by PARENT_ADMIN, nowhere by CHILD_USER', async (t) => {
  t.strictSame(held(parentCompanyScope(accessOf('SYSTEM_ADMIN'))), [...everywhere].sort())
  t.strictSame(held(parentCompanyScope(accessOf('PARENT_ADMIN'))), [...own, ...below].sort())
  t.strictSame(held(parentCompanyScope(accessOf('CHILD_USER'))), [])
})

t.test('users: a CHILD_USER reads themselves alone, the others by company', async (t) => {
  t.strictSame(userReadScope(accessOf('CHILD_USER')), { every: false, userId })
  t.strictSame(userReadScope(accessOf('PARENT_ADMIN')), readScope(accessOf('PARENT_ADMIN'), 'user'))
  t.strictSame(userReadScope(accessOf('SYSTEM_ADMIN')), { every: true })
})

const grants: { role: Role; may: Role[] }[] = [
  { role: 'SYSTEM_ADMIN', may: ['CHILD_USER', 'PARENT_ADMIN', 'SYSTEM_ADMIN'] },
  { role: 'PARENT_ADMIN', may: ['CHILD_USER', 'PARENT_ADMIN'] },
  { role: 'CHILD_USER', may: [] },
]
for (const { role, may } of grants) {
  t.test(`a ${role} grants [${may}] and no other role`, async (t) => {
    const granted = grants.map((other) => other.role).filter((other) => mayGrantRole(accessOf(role), other))
    t.strictSame(granted.sort(), may)
  })
}

t.test('a filter narrows a scope and never widens it', async (t) => {
  const { child, sibling, foreign } = companies
  const scope = readScope(accessOf('PARENT_ADMIN'), 'lead')
  t.strictSame(narrow(scope, [child, sibling, foreign]), { every: false, companyIds: [child] })
  t.strictSame(narrow(scope, [foreign]), { every: false, companyIds: [] })
  t.strictSame(narrow(scope, []), { every: false, companyIds: [] })
  t.strictSame(narrow({ every: true }, [foreign]), { every: false, companyIds: [foreign] })
  t.strictSame(narrow({ every: true }, []), { every: false, companyIds: [] })
  t.strictSame(narrow({ every: false, companyIds: [] }, [child]), { every: false, companyIds: [] })
})

const empty: { who: string; access: Access }[] = [
  { who: 'a PARENT_ADMIN without a company', access: accessOf('PARENT_ADMIN', null) },
  { who: 'a CHILD_USER without a company', access: accessOf('CHILD_USER', null) },
  { who: 'a SYSTEM_ADMIN whose access is not unrestricted', access: { ...accessOf('SYSTEM_ADMIN'), unrestricted: false } },
]
for (const { who, access } of empty) {
  t.test(`${who} has an empty scope, which sees nothing`, async (t) => {
    for (const kind of ['lead', 'customer', 'company', 'user'] as const) {
      t.strictSame(held(readScope(access, kind)), [], `reads no ${kind}`)
      t.strictSame(held(writeScope(access, kind)), [], `writes no ${kind}`)
    }
    t.strictSame(held(parentCompanyScope(access)), [], 'creates no company')
  })
}
