import { newMark } from '../system/records.ts'
import type { Row } from './row.ts'
import { table } from './table.ts'

const reads = table(`
                own        descendant  ancestor   sibling    foreign    inactive   unknown
  SYSTEM_ADMIN  ok         ok          ok         ok         ok         ok         not_found
  PARENT_ADMIN  ok         ok          not_found  not_found  not_found  ok         not_found
  CHILD_USER    ok         not_found   not_found  not_found  not_found  not_found  not_found
`)

// Records of inactive companies are readable, not writable.
const writes = table(`
                own        descendant  ancestor   sibling    foreign    inactive          unknown
  SYSTEM_ADMIN  ok         ok          ok         ok         ok         company_inactive  not_found
  PARENT_ADMIN  ok         ok          not_found  not_found  not_found  company_inactive  not_found
  CHILD_USER    ok         not_found   not_found  not_found  not_found  not_found         not_found
`)

const nobody = table(`
                own        descendant  ancestor   sibling    foreign    inactive          unknown
  SYSTEM_ADMIN  not_found  not_found   not_found  not_found  not_found  not_found         not_found
  PARENT_ADMIN  not_found  not_found   not_found  not_found  not_found  not_found         not_found
  CHILD_USER    not_found  not_found   not_found  not_found  not_found  not_found         not_found
`)

// Deleted leads are there for those who may restore them; to them an inactive company is said first.
const writesOfDeleted = table(`
                own        descendant  ancestor   sibling    foreign    inactive          unknown
  SYSTEM_ADMIN  not_found  not_found   not_found  not_found  not_found  company_inactive  not_found
  PARENT_ADMIN  not_found  not_found   not_found  not_found  not_found  company_inactive  not_found
  CHILD_USER    not_found  not_found   not_found  not_found  not_found  not_found         not_found
`)

// An ETag that is asked for in vain tells those alone who may write that there is another one.
const staleWrites = table(`
                own                  descendant           ancestor             sibling              foreign              inactive          unknown
  SYSTEM_ADMIN  precondition_failed  precondition_failed  precondition_failed  precondition_failed  precondition_failed  company_inactive  not_found
  PARENT_ADMIN  precondition_failed  precondition_failed  not_found            not_found            not_found            company_inactive  not_found
  CHILD_USER    precondition_failed  not_found            not_found            not_found            not_found            not_found         not_found
`)

// Ancestors' records are visible as companies, their leads are not; other companies are as if they were not there.
const creates = table(`
                own  descendant         ancestor   sibling            foreign            inactive           unknown
  SYSTEM_ADMIN  ok   ok                 ok         ok                 ok                 company_inactive   company_not_found
  PARENT_ADMIN  ok   ok                 forbidden  company_not_found  company_not_found  company_inactive   company_not_found
  CHILD_USER    ok   company_not_found  forbidden  company_not_found  company_not_found  company_not_found  company_not_found
`)

const duplicates = table(`
                own                  descendant           ancestor             sibling              foreign              inactive           unknown
  SYSTEM_ADMIN  lead_already_exists  lead_already_exists  lead_already_exists  lead_already_exists  lead_already_exists  company_inactive   company_not_found
  PARENT_ADMIN  lead_already_exists  lead_already_exists  forbidden            company_not_found    company_not_found    company_inactive   company_not_found
  CHILD_USER    lead_already_exists  company_not_found    forbidden            company_not_found    company_not_found    company_not_found  company_not_found
`)

const name = 'Changed by a case'
const rename = () => ({ name })
const stale = '"99"'

export const leadRows: readonly Row[] = [
  { operation: 'getLead', on: 'lead', expected: reads },
  { operation: 'getLead', attempt: 'with its company', on: 'lead', query: 'expand=company', expected: reads },
  { operation: 'getLead', attempt: 'deleted', on: 'deletedLead', expected: nobody },
  {
    operation: 'createLead',
    on: 'company',
    body: ({ target }) => ({ name: 'Created by a case', email: `${newMark()}@example.com`, companyId: target.id }),
    writes: true,
    expected: creates,
  },
  {
    operation: 'createLead',
    attempt: 'with the email of a lead that is there',
    on: 'company',
    body: ({ target }) => ({ name, email: target.email ?? 'nobody@example.com', companyId: target.id }),
    expected: duplicates,
  },
  { operation: 'updateLead', on: 'lead', body: rename, writes: true, expected: writes },
  { operation: 'updateLead', attempt: 'its status', on: 'lead', body: () => ({ status: 'CONTACTED' }), writes: true, expected: writes },
  { operation: 'updateLead', attempt: 'deleted', on: 'deletedLead', body: rename, expected: writesOfDeleted },
  { operation: 'updateLead', attempt: 'with a stale If-Match', on: 'lead', body: rename, ifMatch: stale, expected: staleWrites },
  { operation: 'deleteLead', on: 'lead', writes: true, expected: writes },
  { operation: 'deleteLead', attempt: 'deleted', on: 'deletedLead', expected: writesOfDeleted },
  { operation: 'deleteLead', attempt: 'with a stale If-Match', on: 'lead', ifMatch: stale, expected: staleWrites },
  { operation: 'restoreLead', attempt: 'live', on: 'lead', writes: true, expected: writes },
  { operation: 'restoreLead', on: 'deletedLead', writes: true, expected: writes },
  { operation: 'restoreLead', attempt: 'with a stale If-Match', on: 'deletedLead', ifMatch: stale, expected: staleWrites },
  { operation: 'eraseLead', on: 'lead', writes: true, expected: writes },
  { operation: 'eraseLead', attempt: 'deleted', on: 'deletedLead', writes: true, expected: writes },
  { operation: 'eraseLead', attempt: 'with a stale If-Match', on: 'deletedLead', ifMatch: stale, expected: staleWrites },
]
