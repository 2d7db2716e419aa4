import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asDocument, type JsonObject } from '@crm/openapi/json.ts'
import { versionOf } from '@crm/openapi/operations.ts'
import { parse } from 'yaml'
import { compareVersions } from './versions.ts'

/** The documents that others build on. */
export interface Contract {
  version: string
  /** The public API, OpenAPI. */
  api: JsonObject
  /** The events, AsyncAPI. */
  events: JsonObject
}

const files = { api: 'gateway.json', events: 'asyncapi.yaml' }

/** Reads the documents of a folder. Throws when one is missing or their versions differ. */
export async function readContract(folder: string): Promise<Contract> {
  const api = asDocument(JSON.parse(await readFile(join(folder, files.api), 'utf8')), files.api)
  const events = asDocument(parse(await readFile(join(folder, files.events), 'utf8')), files.events)
  const [version, other] = [versionOf(api), versionOf(events)]
  if (version !== other) throw new Error(`${files.api} is of version ${version}, ${files.events} of ${other}`)
  return { version, api, events }
}

/** What was released last; undefined while nothing was. */
export async function readLastRelease(folder: string): Promise<Contract | undefined> {
  const [last] = (await releasesIn(folder)).sort(compareVersions).reverse()
  return last === undefined ? undefined : readContract(join(folder, 'released', last))
}

/** Keeps the folder's documents as the last release, instead of the one before: that is in the history. */
export async function keepRelease(folder: string, version: string): Promise<void> {
  const former = await releasesIn(folder)
  const target = join(folder, 'released', version)
  await mkdir(target, { recursive: true })
  for (const file of Object.values(files)) await writeFile(join(target, file), await readFile(join(folder, file)))
  for (const old of former) if (old !== version) await rm(join(folder, 'released', old), { recursive: true })
}

async function releasesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(join(folder, 'released'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
