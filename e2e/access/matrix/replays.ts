import type { RecordMaker } from '../system/make-records.ts'
import { type KnownRecord, newMark, type RecordKind } from '../system/records.ts'
import type { Outcome } from './table.ts'

/** Where replayed writes are made: by an administrator of a company, in a company below it. */
export interface ReplaySetup {
  maker: RecordMaker
  caller: Parameters<RecordMaker['session']>[0]
  /** The company below the caller's. */
  company: KnownRecord
}

interface ReplayedWrite {
  /** What the path names; of a creation the company. */
  target: KnownRecord
  body?: object
  /** What it makes, and a text that nothing else holds. */
  made?: { kind: RecordKind; mark: string }
}

/** A write that is sent again with its Idempotency-Key by one who may not do it any more. */
export interface ReplayRow {
  operation: string
  /** What becomes of it for a caller who is known still: as a CHILD_USER of their company, or of a company elsewhere. */
  afterwards: { demoted: Outcome; moved: Outcome }
  write(setup: ReplaySetup): ReplayedWrite | Promise<ReplayedWrite>
}

const place = 'child'
const unseen = { demoted: 'not_found', moved: 'not_found' } as const
const created = (kind: RecordKind, company: KnownRecord, body: (mark: string) => object): ReplayedWrite => {
  const mark = newMark()
  return { target: company, body: body(mark), made: { kind, mark } }
}

export const replayRows: readonly ReplayRow[] = [
  {
    operation: 'createLead',
    afterwards: { demoted: 'company_not_found', moved: 'company_not_found' },
    write: ({ company }) =>
      created('lead', company, (mark) => ({ name: `Lead ${mark}`, email: `${mark}@example.com`, companyId: company.id })),
  },
  {
    operation: 'updateLead',
    afterwards: unseen,
    write: async ({ maker, company }) => ({ target: await maker.lead(place, company.id), body: { status: 'CONTACTED' } }),
  },
  {
    operation: 'deleteLead',
    afterwards: unseen,
    write: async ({ maker, company }) => ({ target: await maker.lead(place, company.id) }),
  },
  {
    operation: 'restoreLead',
    afterwards: unseen,
    write: async ({ maker, company }) => ({ target: await maker.deletedLead(place, company.id) }),
  },
  {
    operation: 'eraseLead',
    afterwards: unseen,
    write: async ({ maker, company }) => ({ target: await maker.lead(place, company.id) }),
  },
  {
    operation: 'createCompany',
    afterwards: unseen,
    write: ({ company }) => created('company', company, (mark) => ({ name: `Company ${mark}`, parentId: company.id })),
  },
  {
    operation: 'updateCompany',
    afterwards: unseen,
    write: async ({ maker, company }) => {
      const target = await maker.company('grandchild', company.id)
      return { target, body: { name: `Renamed ${target.mark}` } }
    },
  },
  {
    operation: 'createUser',
    afterwards: { demoted: 'forbidden', moved: 'not_found' },
    write: ({ company }) =>
      created('user', company, (mark) => ({ email: `${mark}@example.com`, role: 'CHILD_USER', companyId: company.id })),
  },
  {
    operation: 'updateUser',
    afterwards: unseen,
    write: async ({ maker, company }) => {
      const target = await maker.user(place, 'CHILD_USER', { companyId: company.id })
      return { target, body: { firstName: `Renamed ${target.mark}` } }
    },
  },
  {
    // Their own sessions are everyone's to end, wherever they are.
    operation: 'endSession',
    afterwards: { demoted: 'ok', moved: 'ok' },
    write: async ({ maker, caller }) => {
      const { sessionId } = await maker.session(caller)
      return { target: { kind: 'session', id: sessionId, place: caller.companyPlace, ownerId: caller.id } }
    },
  },
]
