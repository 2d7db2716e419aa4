import { type Role, roles } from '../callers.ts'
import { newMark } from '../system/records.ts'
import type { Row } from './row.ts'
import { table } from './table.ts'

const reads = table(`
                self  own        descendant  ancestor   sibling    foreign    inactive   system     unknown
  SYSTEM_ADMIN  ok    ok         ok          ok         ok         ok         ok         ok         not_found
  PARENT_ADMIN  ok    ok         ok          not_found  not_found  not_found  ok         not_found  not_found
  CHILD_USER    ok    not_found  not_found   not_found  not_found  not_found  not_found  not_found  not_found
`)

const renames = table(`
                self  own        descendant  ancestor   sibling    foreign    inactive          system     unknown
  SYSTEM_ADMIN  ok    ok         ok          ok         ok         ok         company_inactive  ok         not_found
  PARENT_ADMIN  ok    ok         ok          not_found  not_found  not_found  company_inactive  not_found  not_found
  CHILD_USER    ok    not_found  not_found   not_found  not_found  not_found  not_found         not_found  not_found
`)

const staleRenames = table(`
                self                 own                  descendant           ancestor             sibling              foreign              inactive             system               unknown
  SYSTEM_ADMIN  precondition_failed  precondition_failed  precondition_failed  precondition_failed  precondition_failed  precondition_failed  precondition_failed  precondition_failed  not_found
  PARENT_ADMIN  precondition_failed  precondition_failed  precondition_failed  not_found            not_found            not_found            precondition_failed  not_found            not_found
  CHILD_USER    precondition_failed  not_found            not_found            not_found            not_found            not_found            not_found            not_found            not_found
`)

// A CHILD_USER changes their own first and last name only.
const newEmails = table(`
                self       own        descendant  ancestor   sibling    foreign    inactive          system     unknown
  SYSTEM_ADMIN  ok         ok         ok          ok         ok         ok         company_inactive  ok         not_found
  PARENT_ADMIN  ok         ok         ok          not_found  not_found  not_found  company_inactive  not_found  not_found
  CHILD_USER    forbidden  not_found  not_found   not_found  not_found  not_found  not_found         not_found  not_found
`)

// Nobody changes their own role or activity.
const rolesAndActivities = table(`
                self       own        descendant  ancestor   sibling    foreign    inactive          system     unknown
  SYSTEM_ADMIN  forbidden  ok         ok          ok         ok         ok         company_inactive  ok         not_found
  PARENT_ADMIN  forbidden  ok         ok          not_found  not_found  not_found  company_inactive  not_found  not_found
  CHILD_USER    forbidden  not_found  not_found   not_found  not_found  not_found  not_found         not_found  not_found
`)

// Nobody grants a role above their own. Whoever leaves an inactive company is written there no more. A SYSTEM_ADMIN is one already.
const promotions = table(`
                self       own        descendant  ancestor   sibling    foreign    inactive   system     unknown
  SYSTEM_ADMIN  ok         ok         ok          ok         ok         ok         ok         ok         not_found
  PARENT_ADMIN  forbidden  forbidden  forbidden   not_found  not_found  not_found  forbidden  not_found  not_found
  CHILD_USER    forbidden  not_found  not_found   not_found  not_found  not_found  not_found  not_found  not_found
`)

// To a company that the PARENT_ADMIN may write. Nobody takes users from outside their scope, nor moves themselves.
const takings = table(`
                self       own        descendant  ancestor   sibling    foreign    inactive   system             unknown
  SYSTEM_ADMIN  forbidden  ok         ok          ok         ok         ok         ok         validation_failed  not_found
  PARENT_ADMIN  forbidden  ok         ok          not_found  not_found  not_found  ok         not_found          not_found
  CHILD_USER    forbidden  not_found  not_found   not_found  not_found  not_found  not_found  not_found          not_found
`)

// Of a user of the caller's company, by where they are moved to. A CHILD_USER cannot so much as see that user.
const moves = table(`
                own        descendant  ancestor   sibling            foreign            inactive          unknown
  SYSTEM_ADMIN  ok         ok          ok         ok                 ok                 company_inactive  company_not_found
  PARENT_ADMIN  ok         ok          forbidden  company_not_found  company_not_found  company_inactive  company_not_found
  CHILD_USER    not_found  not_found   not_found  not_found          not_found          not_found         not_found
`)

// Nobody resets their own password: they show the current one.
const resets = table(`
                self       own        descendant  ancestor   sibling    foreign    inactive          system     unknown
  SYSTEM_ADMIN  forbidden  ok         ok          ok         ok         ok         company_inactive  ok         not_found
  PARENT_ADMIN  forbidden  ok         ok          not_found  not_found  not_found  company_inactive  not_found  not_found
  CHILD_USER    forbidden  not_found  not_found   not_found  not_found  not_found  not_found         not_found  not_found
`)

// A CHILD_USER creates no users, whatever company they name.
const creates = table(`
                own        descendant  ancestor   sibling            foreign            inactive          unknown
  SYSTEM_ADMIN  ok         ok          ok         ok                 ok                 company_inactive  company_not_found
  PARENT_ADMIN  ok         ok          forbidden  company_not_found  company_not_found  company_inactive  company_not_found
  CHILD_USER    forbidden  forbidden   forbidden  forbidden          forbidden          forbidden         forbidden
`)

const createsSystemAdmin = table(`
                own                descendant         ancestor           sibling            foreign            inactive           unknown            none
  SYSTEM_ADMIN  validation_failed  validation_failed  validation_failed  validation_failed  validation_failed  validation_failed  validation_failed  ok
  PARENT_ADMIN  validation_failed  validation_failed  validation_failed  validation_failed  validation_failed  validation_failed  validation_failed  forbidden
  CHILD_USER    validation_failed  validation_failed  validation_failed  validation_failed  validation_failed  validation_failed  validation_failed  forbidden
`)

const changes = (attempt: string, expected: Row['expected'], body: NonNullable<Row['body']>): Row => ({
  operation: 'updateUser',
  attempt,
  on: 'user',
  body,
  writes: true,
  expected,
})

const grants = (role: Role): Row => ({
  operation: 'createUser',
  attempt: role,
  on: role === 'SYSTEM_ADMIN' ? 'companyOrNone' : 'company',
  body: ({ target }) => ({ email: `${newMark()}@example.com`, role, companyId: target.column === 'none' ? null : target.id }),
  writes: true,
  expected: role === 'SYSTEM_ADMIN' ? createsSystemAdmin : creates,
})

const rename = () => ({ firstName: 'Changed by a case' })

export const userRows: readonly Row[] = [
  { operation: 'getUser', on: 'user', expected: reads },
  ...roles.map(grants),
  changes('their name', renames, rename),
  changes('their email', newEmails, () => ({ email: `${newMark()}@example.com` })),
  changes('their activity', rolesAndActivities, ({ target }) => ({ isActive: !target.isActive })),
  changes('their role', rolesAndActivities, ({ target, companyId }) => {
    if (target.role === 'SYSTEM_ADMIN') return { role: 'PARENT_ADMIN', companyId: companyId('middle') }
    return { role: target.role === 'CHILD_USER' ? 'PARENT_ADMIN' : 'CHILD_USER' }
  }),
  changes('to SYSTEM_ADMIN', promotions, () => ({ role: 'SYSTEM_ADMIN', companyId: null })),
  changes("into the caller's child company", takings, ({ companyId }) => ({ companyId: companyId('child') })),
  { operation: 'updateUser', attempt: 'with a stale If-Match', on: 'user', body: rename, ifMatch: '"99"', expected: staleRenames },
  {
    operation: 'updateUser',
    attempt: 'out of the company',
    on: 'move',
    body: ({ target }) => ({ companyId: target.companyId }),
    writes: true,
    expected: moves,
  },
  { operation: 'setUserPassword', on: 'user', body: () => ({ newPassword: 'given by a case' }), writes: true, expected: resets },
]
