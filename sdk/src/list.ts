import { type CrmPromise, crmPromise, type WithResponse } from './crm-promise.ts'

/** A page of a list, as the API answers it. */
export interface Page {
  data: unknown[]
  page: { nextCursor: string | null }
}

type Item<P extends Page> = P['data'][number]

/** A list: awaited, its first page; iterated, all its records, page after page as they are needed. */
export interface CrmList<P extends Page> extends CrmPromise<P>, AsyncIterable<Item<P>> {
  /** All pages from the first on. */
  pages(): AsyncGenerator<P, void, undefined>
  /** The records from the first on, in one array, `limit` at most. */
  toArray(options: { limit: number }): Promise<Item<P>[]>
}

/** A list by the answer for its first page, which is under way, and a function that asks for the page at a cursor. */
export function crmList<P extends Page>(first: Promise<WithResponse<P>>, pageAt: (cursor: string) => Promise<WithResponse<P>>): CrmList<P> {
  const firstPage = crmPromise(first)
  // A list may be iterated long after it was asked for: its failure waits until then.
  firstPage.catch(() => {})

  async function* pages(): AsyncGenerator<P, void, undefined> {
    let page: P = await firstPage
    while (true) {
      yield page
      const { nextCursor } = page.page
      if (nextCursor === null) return
      page = (await pageAt(nextCursor)).data
    }
  }
  async function* items(): AsyncGenerator<Item<P>, void, undefined> {
    for await (const page of pages()) {
      const records: Item<P>[] = page.data
      yield* records
    }
  }
  async function toArray({ limit }: { limit: number }): Promise<Item<P>[]> {
    const collected: Item<P>[] = []
    if (limit <= 0) return collected
    for await (const item of items()) {
      collected.push(item)
      if (collected.length >= limit) break
    }
    return collected
  }
  return Object.assign(firstPage, { pages, toArray, [Symbol.asyncIterator]: items })
}
