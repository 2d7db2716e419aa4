import { type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { type CursorBinding, decodeCursor, encodeCursor, invalidCursor } from './cursor.ts'
import { defaultLimit, defaultOrder, refuseCursorWithOffset } from './list-query.ts'

/** How a list is sorted by one field: the indexed SQL expression, and its values as text in a cursor. */
export interface SortKey<Row> {
  expression: SQL
  /** The SQL type a cursor's text is cast to. */
  type: 'timestamptz' | 'text'
  encode(row: Row): string
}

export interface PageRequest {
  limit?: number
  cursor?: string
  offset?: number
  includeTotal?: boolean
  orderBy?: string
}

export interface PageQuery {
  where: SQL | undefined
  orderBy: SQL
  limit: number
  offset: number
}

export interface Page<Row> {
  data: Row[]
  page: { limit: number; nextCursor: string | null; total?: number }
}

export interface PageOptions<Row extends { id: string }> {
  request: PageRequest
  sortKeys: Record<string, SortKey<Row>>
  id: PgColumn
  filters: Record<string, unknown>
  callerId: string
  /** Reads the rows of one page. */
  read(query: PageQuery): Promise<Row[]>
  /** Counts the rows of the whole list. */
  count(): Promise<number>
}

/** Reads one page by keyset: rows that exist when page one is read, and whose key does not change, appear exactly once. */
export async function readPage<Row extends { id: string }>(options: PageOptions<Row>): Promise<Page<Row>> {
  const { request, filters, callerId } = options
  refuseCursorWithOffset(request)
  const orderBy = request.orderBy ?? defaultOrder
  const binding = { orderBy, filters, callerId }
  const limit = request.limit ?? defaultLimit
  const [rows, total] = await Promise.all([
    options.read({ ...keyset(options, binding), limit: limit + 1, offset: request.offset ?? 0 }),
    request.includeTotal ? options.count() : undefined,
  ])
  const data = rows.slice(0, limit)
  const last = data.at(-1)
  const more = rows.length > limit && last !== undefined
  const nextCursor = more ? encodeCursor({ key: sortKeyOf(options, orderBy).encode(last), id: last.id }, binding) : null
  return { data, page: { limit, nextCursor, ...(total !== undefined && { total }) } }
}

function keyset<Row extends { id: string }>(options: PageOptions<Row>, binding: CursorBinding): Pick<PageQuery, 'where' | 'orderBy'> {
  const { expression, type } = sortKeyOf(options, binding.orderBy)
  const descending = binding.orderBy.startsWith('-')
  const direction = descending ? sql`desc` : sql`asc`
  const orderBy = sql`${expression} ${direction}, ${options.id} ${direction}`
  if (options.request.cursor === undefined) return { where: undefined, orderBy }
  const { key, id } = decodeCursor(options.request.cursor, binding)
  if (type === 'timestamptz' && !isTimestamp(key)) throw invalidCursor()
  const comparison = descending ? sql`<` : sql`>`
  return { where: sql`(${expression}, ${options.id}) ${comparison} (${key}::${sql.raw(type)}, ${id}::uuid)`, orderBy }
}

const years1To9999 = /^(?!0000)\d{4}-/

/** Whether it is a time as cursors hold it. Date alone reads more than the database does: a 31 February, a year 0. */
function isTimestamp(key: string): boolean {
  const time = Date.parse(key)
  return !Number.isNaN(time) && years1To9999.test(key) && new Date(time).toISOString() === key
}

function sortKeyOf<Row extends { id: string }>({ sortKeys }: PageOptions<Row>, orderBy: string): SortKey<Row> {
  const key = sortKeys[orderBy.replace(/^-/, '')]
  if (!key) throw new Error(`no sort key for ${orderBy}`)
  return key
}
