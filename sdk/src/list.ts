import { checkedLimits } from './checked-limits.ts'
import { type CrmPromise, crmPromise, type WithResponse } from './crm-promise.ts'
import { CrmResponseError } from './errors.ts'
import { isObject } from './is-object.ts'

/** A page of a list, as the API gives it. */
export interface Page {
  data: unknown[]
  page: { nextCursor: string | null }
}

type Item<P extends Page> = P['data'][number]

/** A list: awaited, its first page; iterated, all its records, page after page as they are needed. Iterated again, it is asked for anew. */
export interface CrmList<P extends Page> extends CrmPromise<P>, AsyncIterable<Item<P>> {
  /** All pages from the first on. */
  pages(): AsyncGenerator<P, void, undefined>
  /** The records from the first on, in one array, `limit` at most. Rejects with TypeError without a limit; Infinity is one. */
  toArray(options: { limit: number }): Promise<Item<P>[]>
}

/** Which page of a list is asked for. */
export interface PagePlace {
  /** Undefined for the first. */
  cursor: string | undefined
  /** Whether anybody sees more of it than its records. */
  isShown: boolean
}

/** A list by the response with its first page, which is under way, and a function that asks for a page. */
export function crmList<P extends Page>(
  first: Promise<WithResponse<P>>,
  pageAt: (place: PagePlace) => Promise<WithResponse<P>>,
): CrmList<P> {
  const firstPage = crmPromise(first)
  let isFirstUsed = false
  // A list may be iterated long after it was asked for: its failure waits until then.
  firstPage.catch(() => {})

  async function* walk({ isShown }: Pick<PagePlace, 'isShown'>): AsyncGenerator<P, void, undefined> {
    const isFirstTime = !isFirstUsed
    // Also when it fails: who iterates again asks again.
    isFirstUsed = true
    let page = await (isFirstTime ? first : pageAt({ cursor: undefined, isShown }))
    const cursors = new Set<string>()
    while (true) {
      yield page.data
      const { nextCursor } = page.data.page
      if (typeof nextCursor !== 'string') return
      if (cursors.has(nextCursor)) throw new CrmResponseError('The list goes round in a circle: a cursor came twice', page)
      cursors.add(nextCursor)
      page = await pageAt({ cursor: nextCursor, isShown })
    }
  }
  async function* items(): AsyncGenerator<Item<P>, void, undefined> {
    for await (const page of walk({ isShown: false })) {
      const records: Item<P>[] = page.data
      yield* records
    }
  }
  async function toArray({ limit }: { limit: number }): Promise<Item<P>[]> {
    checkedLimits({ limit })
    const collected: Item<P>[] = []
    if (limit === 0) return collected
    for await (const item of items()) {
      collected.push(item)
      if (collected.length >= limit) break
    }
    return collected
  }
  return Object.assign(firstPage, { pages: () => walk({ isShown: true }), toArray, [Symbol.asyncIterator]: items })
}

export function isPage(body: unknown): boolean {
  if (!isObject(body) || !Array.isArray(body.data) || !isObject(body.page)) return false
  return ['string', 'undefined'].includes(typeof body.page.nextCursor) || body.page.nextCursor === null
}
