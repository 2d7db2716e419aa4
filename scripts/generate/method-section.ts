import type { SdkFiles } from '../../sdk/generator/sdk-files.ts'
import { markdownTable } from './markdown.ts'

/** Markdown: the methods of each resource under its name, and what has no method. */
export function methodSection({ tables, leftOut }: Pick<SdkFiles, 'tables' | 'leftOut'>): string {
  const sections = tables.map(({ resource, head, rows }) => `\n### ${resource}\n\n${markdownTable(head, rows)}\n`)
  const without = leftOut.map(({ name, why }) => [`\`${name}\``, `It ${why}.`])
  const note = `\n### Without a method\n\n${markdownTable(['operation', 'why'], without)}\n`
  return `${sections.join('')}${leftOut.length > 0 ? note : ''}`
}
