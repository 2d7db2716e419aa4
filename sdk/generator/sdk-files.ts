import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asDocument, type JsonObject } from '@crm/openapi/json.ts'
import { versionOf } from '@crm/openapi/operations.ts'
import ts from 'typescript'
import { exportedNames, refuseCollisions } from './exported-names.ts'
import { leftOutOf, methodsOf } from './method.ts'
import { type MethodTable, methodTables } from './method-tables.ts'
import { renderClient } from './render-client.ts'
import { renderModels } from './render-models.ts'
import { importedNames, renderResources } from './render-resources.ts'
import { renderSchema } from './render-schema.ts'

export interface Documents {
  /** The public API. */
  api: JsonObject
  /** The services' own documents, by their names. */
  services: Record<string, JsonObject>
}

export interface SdkFiles {
  /** Of the API, and so of the SDK. */
  version: string
  /** Text by path, from the root of the SDK. */
  sources: Record<string, string>
  /** What the README says of the methods. */
  tables: MethodTable[]
  /** The operations that have no method, and why. */
  leftOut: { name: string; why: string }[]
}

/** The documents of a folder: `gateway.json` is the public API, `<service>-service.json` a service's. */
export async function readDocuments(folder: string): Promise<Documents> {
  const read = async (name: string) => asDocument(JSON.parse(await readFile(join(folder, name), 'utf8')), name)
  const names = (await readdir(folder)).filter((name) => name.endsWith('-service.json')).sort()
  const services = await Promise.all(names.map(async (name) => [name.replace(/\.json$/, ''), await read(name)] as const))
  return { api: await read('gateway.json'), services: Object.fromEntries(services) }
}

/**
 * The generated files of the SDK. `index` is the text of its entry point: what that exports by name would hide a type of the document.
 * Throws for what TypeScript could not say.
 */
export async function makeSdkFiles({ api, services }: Documents, index: string): Promise<SdkFiles> {
  const methods = methodsOf(api, services)
  const reserved = exportsOf(index).map((name) => [name, 'src/index.ts'] as const)
  refuseCollisions(exportedNames(api, methods), new Map([...reserved, ...importedNames]))
  const sources = {
    'src/generated/schema.ts': await renderSchema(api),
    'src/generated/models.ts': renderModels(api),
    'src/generated/resources.ts': renderResources(api, methods),
    'src/generated/create-resources.ts': renderClient(methods),
  }
  for (const [path, text] of Object.entries(sources)) refuseFaults(path, text)
  return { version: versionOf(api), sources, tables: methodTables(methods), leftOut: leftOutOf(api) }
}

/** The names that a file exports from others. */
function exportsOf(text: string): string[] {
  return parse('index.ts', text).statements.flatMap((statement) => {
    const clause = ts.isExportDeclaration(statement) ? statement.exportClause : undefined
    return clause && ts.isNamedExports(clause) ? clause.elements.map(({ name }) => name.text) : []
  })
}

/** Whatever else of a document may break a file: better no file than one that does not parse. */
function refuseFaults(path: string, text: string): void {
  const [fault] = ts.transpileModule(text, { fileName: path, reportDiagnostics: true }).diagnostics ?? []
  if (fault === undefined) return
  const line = text.slice(0, fault.start).split('\n').length
  throw new Error(`${path} would be no TypeScript: line ${line}: ${ts.flattenDiagnosticMessageText(fault.messageText, ' ')}`)
}

function parse(name: string, text: string): ts.SourceFile {
  return ts.createSourceFile(name, text, ts.ScriptTarget.Latest)
}
