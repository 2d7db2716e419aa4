import { makeSdkFiles, readDocuments } from '../../sdk/generator/sdk-files.ts'
import { withSection } from './markdown.ts'
import { methodSection } from './method-section.ts'

export interface SdkInput {
  /** Where the documents are. */
  documents: string
  /** Reads a file of the SDK. */
  read(path: string): Promise<string>
}

/** The SDK's generated files, its README with the table of methods, and its manifest with the version of the API. */
export async function sdkFiles({ documents, read }: SdkInput): Promise<Record<string, string>> {
  const made = await readDocuments(documents)
  const { version, sources, ...methods } = await makeSdkFiles(made, await read('src/index.ts'))
  return {
    ...sources,
    'README.md': withSection(await read('README.md'), 'methods', methodSection(methods)),
    'package.json': withVersion(await read('package.json'), version),
  }
}

/** The same manifest, of this version. Throws when it has none to replace. */
export function withVersion(manifest: string, version: string): string {
  const place = /^( {2}"version": )"[^"]*"/m
  if (!place.test(manifest)) throw new Error('sdk/package.json names no version')
  return manifest.replace(place, (_, name: string) => `${name}${JSON.stringify(version)}`)
}
