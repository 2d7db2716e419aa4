import type { Actor } from '../system/actors.ts'
import type { Place } from '../tree.ts'
import type { Outcome, Table } from './table.ts'

const relations = ['own', 'descendant', 'ancestor', 'sibling', 'foreign']

/** What requests are about, and the columns that a table about it has at least: nobody forgets the deleted and the unknown. */
export const columnsOf = {
  lead: [...relations, 'inactive', 'unknown'],
  deletedLead: [...relations, 'inactive', 'unknown'],
  company: [...relations, 'inactive', 'unknown'],
  /** A company that a body names, or none. */
  companyOrNone: [...relations, 'inactive', 'unknown', 'none'],
  /** CHILD_USERs, PARENT_ADMINs and deactivated users; `system` is another SYSTEM_ADMIN. */
  user: ['self', ...relations, 'inactive', 'system', 'unknown'],
  /** A user of the caller's company, and the company they are to be moved to. */
  move: [...relations, 'inactive', 'unknown'],
  /** `self` is another one of the caller's own. */
  session: ['self', 'ended', ...relations, 'system', 'unknown'],
  caller: ['self'],
  ownPassword: ['right', 'wrong'],
  login: ['right', 'wrong'],
  refreshToken: ['own', 'unknown'],
  nothing: ['all'],
} as const
export type TargetKind = keyof typeof columnsOf

/** What one request is about. */
export interface Target {
  column: string
  /** Of the record, or of the company that a body names; '' where there is neither. */
  id: string
  place: Place | null
  /** The company a user is to be moved to. */
  companyId?: string
  /** What a user is now. */
  role?: string
  isActive?: boolean
  email?: string
  /** A text that nothing but this record holds. */
  mark?: string
  password?: string
  refreshToken?: string
}

export interface Asking {
  target: Target
  caller: Actor
  companyId(place: Place): string
}

/** One way to use an operation, and what is to become of it for whom. */
export interface Row {
  operation: string
  /** What is tried, where an operation has several rows. */
  attempt?: string
  on: TargetKind
  /** The query string, without the question mark. */
  query?: string
  body?: (asking: Asking) => object
  ifMatch?: string
  /** Whether it changes something where it succeeds: each such case has records of its own. */
  writes?: true
  /** It takes no access token, and gets none. */
  isOpen?: true
  /** What an answer that is no refusal says of the target; without it such an answer is `ok`. */
  says?: (body: unknown, target: Target) => Outcome
  expected: Table
}
