import { createHash } from 'node:crypto'
import { AppError } from '../errors/app-error.ts'

/** A place in an ordered list: the sort key and id of the last row of the page before. */
export interface Position {
  key: string
  id: string
}

/** What a cursor belongs to: it is of no use with another order, other filters or another caller. */
export interface CursorBinding {
  orderBy: string
  filters: Record<string, unknown>
  callerId: string
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export function encodeCursor(position: Position, binding: CursorBinding): string {
  return Buffer.from(JSON.stringify([position.key, position.id, digest(binding)])).toString('base64url')
}

/** Throws `invalid_cursor` for text that is no cursor and for a cursor of another list. */
export function decodeCursor(cursor: string, binding: CursorBinding): Position {
  const [key, id] = parse(cursor)
  if (typeof key !== 'string' || typeof id !== 'string' || !uuid.test(id) || key.includes('\0') || !key.isWellFormed())
    throw invalidCursor()
  // Encoded again it is the same text, digest included; base64 alone would let stray characters pass.
  if (encodeCursor({ key, id }, binding) !== cursor) throw invalidCursor()
  return { key, id }
}

export function invalidCursor(): AppError {
  return new AppError('invalid_cursor', 'Use a cursor only with the order, the filters and the caller it was given to, as it was given.')
}

function parse(cursor: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(parsed) ? parsed : []
  } catch {
    return []
  }
}

function digest({ orderBy, filters, callerId }: CursorBinding): string {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined)
  const canonical = JSON.stringify([orderBy, callerId, given.sort(([a], [b]) => (a < b ? -1 : 1))])
  return createHash('sha256').update(canonical).digest('base64url').slice(0, 16)
}
