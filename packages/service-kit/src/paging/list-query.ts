import { type TProperties, type TSchema, Type } from '@sinclair/typebox'
import { AppError } from '../errors/app-error.ts'
import { OneOf, ref } from '../http/schemas.ts'

export const maximumOffset = 10_000
export const defaultLimit = 50
export const defaultOrder = '-createdAt'

const paging = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: defaultLimit, description: 'Records a page at most.' })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 4000, description: 'The nextCursor of the page before.' })),
  offset: Type.Optional(
    Type.Integer({ minimum: 0, maximum: maximumOffset, description: 'Records to pass over; not together with cursor.' }),
  ),
  includeTotal: Type.Optional(Type.Boolean({ description: 'Adds page.total, the number of records of the whole list.' })),
}

/** The query parameters of a list: paging, an order from a closed list (`-` for descending), and filters of its own. */
export function listQuery<const Order extends string, Filters extends TProperties>(orders: readonly Order[], filters: Filters) {
  const orderBy = OneOf(orders, { default: defaultOrder, description: 'A field; - before it for descending. Ties are broken by id.' })
  return Type.Object({ ...filters, ...paging, orderBy: Type.Optional(orderBy) }, { additionalProperties: false })
}

/** A page of records: `{data, page: {limit, nextCursor, total?}}`. Its example shows the record's. */
export function pageOf<T extends TSchema>(record: T, options: { $id: string }) {
  return Type.Object(
    {
      data: Type.Array(ref(record)),
      page: Type.Object({
        limit: Type.Integer({ examples: [defaultLimit] }),
        nextCursor: Type.Union([Type.String(), Type.Null()], { description: 'Asks for the next page; null on the last.' }),
        total: Type.Optional(Type.Integer({ description: 'Only with includeTotal=true.' })),
      }),
    },
    { ...options, examples: [{ data: record.examples, page: { limit: defaultLimit, nextCursor: null } }] },
  )
}

export function refuseCursorWithOffset(query: { cursor?: string; offset?: number }): void {
  if (query.cursor === undefined || query.offset === undefined) return
  throw new AppError('validation_failed', 'A list is paged by cursor or by offset, not by both.', {
    errors: [{ pointer: '/query/offset', message: 'must not be given together with cursor' }],
  })
}
