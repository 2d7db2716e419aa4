import type { ApiDocument } from './document.ts'
import { docComment, notice } from './render-text.ts'

/** TypeScript: the component schemas of the document, each under its own name. */
export function renderModels(document: ApiDocument): string {
  const models = Object.entries(document.components?.schemas ?? {}).map(
    ([name, { description }]) => `${docComment([description])}export type ${name} = Schemas['${name}']\n`,
  )
  return `${notice}import type { components } from './schema.ts'\n\ntype Schemas = components['schemas']\n\n${models.join('\n')}`
}
