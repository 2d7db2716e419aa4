import type { Actor } from '../system/actors.ts'
import { call, type EntryPoint } from '../system/call.ts'

interface Page {
  data: { id: string; companyId?: string; company?: { id: string; name: string | null } }[]
  page: { nextCursor: string | null; total?: number }
}

export interface ReadList {
  ids: string[]
  /** What the list says it holds. */
  total: number | undefined
  /** Of all pages. */
  text: string
  problems: string[]
}

export interface ListQuestion {
  path: string
  query: string
  reader: Actor
  entryPoint: EntryPoint
}

/** Reads a list to its end, page by page; with `offset` from there on. */
export async function readList(url: string, { path, query, reader, entryPoint }: ListQuestion): Promise<ReadList> {
  const read: ReadList = { ids: [], total: undefined, text: '', problems: [] }
  const { offset, ...filters } = Object.fromEntries(new URLSearchParams(query))
  let next: Record<string, string> | undefined = offset === undefined ? {} : { offset }
  while (next) {
    const asked = new URLSearchParams({ ...filters, ...next, includeTotal: 'true' })
    const { status, text, body } = await call(url, { method: 'GET', path: `${path}?${asked}` }, reader, entryPoint)
    if (status !== 200) return { ...read, problems: [`was answered ${status}: ${text}`] }
    const { data, page } = body as Page
    read.ids.push(...data.map(({ id }) => id))
    read.total = page.total
    read.text += text
    read.problems.push(...unnamedCompanies(filters.expand, data))
    next = page.nextCursor === null ? undefined : { cursor: page.nextCursor }
  }
  return read
}

function unnamedCompanies(expand: string | undefined, data: Page['data']): string[] {
  if (expand === undefined) return []
  return data
    .filter(({ company, companyId }) => company?.id !== companyId || company?.name === null)
    .map(({ id }) => `shows ${id} without its company`)
}
