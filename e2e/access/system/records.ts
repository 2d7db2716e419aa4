import { randomBytes } from 'node:crypto'
import type { Role } from '../callers.ts'
import type { Place } from '../tree.ts'

export type RecordKind = 'lead' | 'deletedLead' | 'company' | 'user' | 'session'

/** What the tests know of a record that they made. */
export interface KnownRecord {
  kind: RecordKind
  id: string
  /** The company, or its own place for a company; null for a SYSTEM_ADMIN and their sessions. */
  place: Place | null
  /** In its names and emails, and nowhere else. */
  mark?: string
  email?: string
  role?: Role
  isActive?: boolean
  /** Whose session it is. */
  ownerId?: string
}

const markPattern = /mk[0-9a-f]{12}/g
const idPattern = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

/** A text that occurs nowhere else. */
export function newMark(): string {
  return `mk${randomBytes(6).toString('hex')}`
}

/** An id that no record has. */
export const unknownId = '01980000-0000-7000-8000-00000000ffff'

/** Every record that the tests made, found again by what an answer shows of it. */
export interface Records {
  add(record: KnownRecord): KnownRecord
  all(kind: RecordKind): KnownRecord[]
  /** Those whose names or emails stand in a text. */
  namedIn(text: string): KnownRecord[]
  /** Those whose ids stand in a text. */
  identifiedIn(text: string): KnownRecord[]
}

export function createRecords(): Records {
  const byId = new Map<string, KnownRecord>()
  const byMark = new Map<string, KnownRecord>()
  const found = (index: Map<string, KnownRecord>, keys: string[] | null) =>
    [...new Set(keys)].flatMap((key) => {
      const record = index.get(key)
      return record ? [record] : []
    })
  return {
    add(record) {
      byId.set(record.id, record)
      if (record.mark !== undefined) byMark.set(record.mark, record)
      return record
    },
    all: (kind) => [...byId.values()].filter((record) => record.kind === kind),
    namedIn: (text) => found(byMark, text.match(markPattern)),
    identifiedIn: (text) => found(byId, text.match(idPattern)),
  }
}
