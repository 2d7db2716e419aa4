import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import openapiTypescript, { astToString } from 'openapi-typescript'
import type { ApiDocument } from './document.ts'
import { methodsOf } from './method.ts'
import { renderClient } from './render-client.ts'
import { renderModels } from './render-models.ts'
import { withMethodTable } from './render-readme.ts'
import { renderResources } from './render-resources.ts'
import { notice } from './render-text.ts'
import type { SdkPath } from './sdk-paths.ts'

export interface Documents {
  /** The public API. */
  api: ApiDocument
  /** The services' own documents, by their names. */
  services: Record<string, ApiDocument>
}

/** The documents of a folder: `gateway.json` is the public API, `<service>-service.json` a service's. */
export async function readDocuments(folder: string): Promise<Documents> {
  const read = async (name: string): Promise<ApiDocument> => JSON.parse(await readFile(join(folder, name), 'utf8'))
  const names = (await readdir(folder)).filter((name) => name.endsWith('-service.json')).sort()
  const services = await Promise.all(names.map(async (name) => [name.replace(/\.json$/, ''), await read(name)] as const))
  return { api: await read('gateway.json'), services: Object.fromEntries(services) }
}

/** The generated files of the SDK; of the README, which is otherwise written by hand, the table of methods. */
export async function makeSdkFiles({ api, services }: Documents, readme: string): Promise<Record<SdkPath, string>> {
  const methods = methodsOf(api, services)
  const types = await openapiTypescript(JSON.stringify(api), { defaultNonNullable: false })
  return {
    'src/generated/schema.ts': `${notice}${astToString(types)}`,
    'src/generated/models.ts': renderModels(api),
    'src/generated/resources.ts': renderResources(api, methods),
    'src/generated/create-resources.ts': renderClient(methods),
    'README.md': withMethodTable(readme, methods),
  }
}
