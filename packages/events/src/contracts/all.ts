import { companyContracts } from './company.ts'
import type { EventContract } from './contract.ts'
import { leadContracts } from './lead.ts'
import { opsContracts } from './ops.ts'
import { sessionContracts } from './session.ts'
import { userContracts } from './user.ts'

/** Every event of the system; each has a topic of its name. */
export const allContracts: readonly EventContract[] = [
  ...leadContracts,
  ...companyContracts,
  ...userContracts,
  ...sessionContracts,
  ...opsContracts,
]
