import { newMark } from '../system/records.ts'
import type { Row, Target } from './row.ts'
import { type Outcome, table } from './table.ts'

const reads = table(`
                own        descendant  ancestor   sibling    foreign    inactive   unknown
  SYSTEM_ADMIN  ok         ok          ok         ok         ok         ok         not_found
  PARENT_ADMIN  ok         ok          ok         not_found  not_found  ok         not_found
  CHILD_USER    ok         not_found   ok         not_found  not_found  not_found  not_found
`)

const renames = table(`
                own        descendant  ancestor   sibling    foreign    inactive          unknown
  SYSTEM_ADMIN  ok         ok          ok         ok         ok         company_inactive  not_found
  PARENT_ADMIN  forbidden  ok          forbidden  not_found  not_found  company_inactive  not_found
  CHILD_USER    forbidden  not_found   forbidden  not_found  not_found  not_found         not_found
`)

// Nobody but a SYSTEM_ADMIN deactivates their own company; an inactive one can be activated again.
const activities = table(`
                own        descendant  ancestor   sibling    foreign    inactive   unknown
  SYSTEM_ADMIN  ok         ok          ok         ok         ok         ok         not_found
  PARENT_ADMIN  forbidden  ok          forbidden  not_found  not_found  ok         not_found
  CHILD_USER    forbidden  not_found   forbidden  not_found  not_found  not_found  not_found
`)

const staleRenames = table(`
                own                  descendant           ancestor             sibling              foreign              inactive             unknown
  SYSTEM_ADMIN  precondition_failed  precondition_failed  precondition_failed  precondition_failed  precondition_failed  precondition_failed  not_found
  PARENT_ADMIN  forbidden            precondition_failed  forbidden            not_found            not_found            precondition_failed  not_found
  CHILD_USER    forbidden            not_found            forbidden            not_found            not_found            not_found            not_found
`)

// By the company to create below; without one it is a root, which is SYSTEM_ADMIN's.
const creates = table(`
                own        descendant         ancestor   sibling            foreign            inactive           unknown            none
  SYSTEM_ADMIN  ok         ok                 ok         ok                 ok                 company_inactive   company_not_found  ok
  PARENT_ADMIN  ok         ok                 forbidden  company_not_found  company_not_found  company_inactive   company_not_found  forbidden
  CHILD_USER    forbidden  company_not_found  forbidden  company_not_found  company_not_found  company_not_found  company_not_found  forbidden
`)

// Whether a company exists and is active anybody may know of any id; its name those alone who may read it.
const resolves = table(`
                own    descendant  ancestor  sibling  foreign  inactive  unknown
  SYSTEM_ADMIN  named  named       named     named    named    named     absent
  PARENT_ADMIN  named  named       named     unnamed  unnamed  named     absent
  CHILD_USER    named  unnamed     named     unnamed  unnamed  unnamed   absent
`)

const rename = () => ({ name: `Renamed by a case ${newMark()}` })

interface Resolution {
  data: { id: string; exists: boolean; name: string | null }[]
}

function saysOfCompany(body: unknown, { id, mark }: Target): Outcome {
  const [company] = (body as Resolution).data
  if (company?.id !== id) return 'not_found'
  if (!company.exists) return 'absent'
  return mark !== undefined && company.name?.includes(mark) ? 'named' : 'unnamed'
}

export const companyRows: readonly Row[] = [
  { operation: 'getCompany', on: 'company', expected: reads },
  { operation: 'updateCompany', on: 'company', body: rename, writes: true, expected: renames },
  {
    operation: 'updateCompany',
    attempt: 'its activity',
    on: 'company',
    body: ({ target }) => ({ isActive: !target.isActive }),
    writes: true,
    expected: activities,
  },
  { operation: 'updateCompany', attempt: 'with a stale If-Match', on: 'company', body: rename, ifMatch: '"99"', expected: staleRenames },
  {
    operation: 'createCompany',
    on: 'companyOrNone',
    body: ({ target }) => ({ name: 'Created by a case', ...(target.column !== 'none' && { parentId: target.id }) }),
    writes: true,
    expected: creates,
  },
  {
    operation: 'resolveCompanies',
    on: 'company',
    body: ({ target }) => ({ ids: [target.id], includeDescendants: true }),
    says: saysOfCompany,
    expected: resolves,
  },
]
