import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { type SdkPath, sdkPaths } from '../sdk/generator/sdk-paths.ts'
import { withSection } from './generated/section.ts'
import { root } from './steps.ts'

interface GeneratedFile {
  path: string
  make: () => Promise<string>
}

const generatedFiles: GeneratedFile[] = [
  {
    path: 'openapi/user-service.json',
    make: async () => stableJson(await (await import('../services/user-service/src/openapi.ts')).openApiDocument()),
  },
  {
    path: 'openapi/crm-service.json',
    make: async () => stableJson(await (await import('../services/crm-service/src/openapi.ts')).openApiDocument()),
  },
  { path: 'openapi/gateway.json', make: async () => stableJson(await (await import('./generated/gateway-document.ts')).gatewayDocument()) },
  { path: 'openapi/asyncapi.yaml', make: async () => (await import('./generated/event-document.ts')).eventDocument() },
  ...sdkPaths.map((path) => ({ path: `sdk/${path}`, make: () => sdkFile(path) })),
  { path: '.env.template', make: async () => (await import('./generated/configuration.ts')).environmentTemplate() },
  {
    path: 'README.md',
    make: async () =>
      withSection(await read('README.md'), 'configuration', (await import('./generated/configuration.ts')).configurationTable()),
  },
  {
    path: 'ARCHITECTURE.md',
    make: async () => withSection(await read('ARCHITECTURE.md'), 'topics', (await import('./generated/topics.ts')).topicsTable()),
  },
]

// Made from the documents as they stand in openapi/, which come first in the list.
async function sdkFile(path: SdkPath): Promise<string> {
  const { makeSdkFiles, readDocuments } = await import('../sdk/generator/sdk-files.ts')
  const readme = await readFile(join(root, 'sdk/README.md'), 'utf8')
  return (await makeSdkFiles(await readDocuments(join(root, 'openapi')), readme))[path]
}

function read(path: string): Promise<string> {
  return readFile(join(root, path), 'utf8')
}

function stableJson(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
const stale: string[] = []
for (const { path, make } of generatedFiles) {
  const file = join(root, path)
  const content = await make()
  if ((await readIfThere(file)) === content) continue
  stale.push(path)
  if (values.check) continue
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
  console.log(`wrote ${path}`)
}

if (stale.length === 0) console.log('Generated files are up to date.')
else if (values.check) {
  console.error(`Stale: ${stale.join(', ')}. Renew with: pnpm generate`)
  process.exitCode = 1
}
