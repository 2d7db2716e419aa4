import type { Row } from './row.ts'
import { table } from './table.ts'

// Everyone ends sessions of their own, and of nobody else: a SYSTEM_ADMIN neither.
const ends = table(`
                self  ended      own        descendant  ancestor   sibling    foreign    system     unknown
  SYSTEM_ADMIN  ok    not_found  not_found  not_found   not_found  not_found  not_found  not_found  not_found
  PARENT_ADMIN  ok    not_found  not_found  not_found   not_found  not_found  not_found  not_found  not_found
  CHILD_USER    ok    not_found  not_found  not_found   not_found  not_found  not_found  not_found  not_found
`)

const ownPasswords = table(`
                right  wrong
  SYSTEM_ADMIN  ok     invalid_credentials
  PARENT_ADMIN  ok     invalid_credentials
  CHILD_USER    ok     invalid_credentials
`)

export const oneself = table(`
                self
  SYSTEM_ADMIN  ok
  PARENT_ADMIN  ok
  CHILD_USER    ok
`)

// One answer for the inactive and for a wrong password. Whose session ended logs in anew.
const logins = table(`
                   right                wrong
  EVERYONE         ok                   invalid_credentials
  deactivated      invalid_credentials  invalid_credentials
  inactiveCompany  invalid_credentials  invalid_credentials
  belowInactive    invalid_credentials  invalid_credentials
`)

const refreshes = table(`
                   own                  unknown
  EVERYONE         ok                   invalid_credentials
  deactivated      invalid_credentials  invalid_credentials
  inactiveCompany  invalid_credentials  invalid_credentials
  belowInactive    invalid_credentials  invalid_credentials
  endedSession     invalid_credentials  invalid_credentials
`)

// Whoever wants to be logged out is, whatever they show.
const logouts = table(`
            own  unknown
  EVERYONE  ok   ok
`)

const public_ = table(`
            all
  EVERYONE  ok
`)

export const sessionRows: readonly Row[] = [
  { operation: 'getPublicKeys', on: 'nothing', isOpen: true, expected: public_ },
  {
    operation: 'login',
    on: 'login',
    isOpen: true,
    body: ({ target }) => ({ email: target.email, password: target.password }),
    writes: true,
    expected: logins,
  },
  {
    operation: 'refresh',
    on: 'refreshToken',
    isOpen: true,
    body: ({ target }) => ({ refreshToken: target.refreshToken }),
    writes: true,
    expected: refreshes,
  },
  {
    operation: 'logout',
    on: 'refreshToken',
    isOpen: true,
    body: ({ target }) => ({ refreshToken: target.refreshToken }),
    writes: true,
    expected: logouts,
  },
  { operation: 'getMe', on: 'caller', expected: oneself },
  { operation: 'getMyAccess', on: 'caller', expected: oneself },
  { operation: 'endSession', on: 'session', writes: true, expected: ends },
  {
    operation: 'changePassword',
    on: 'ownPassword',
    body: ({ target }) => ({ currentPassword: target.password, newPassword: 'chosen by a case' }),
    writes: true,
    expected: ownPasswords,
  },
]
