import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { withSection } from './generate/markdown.ts'
import { root } from './steps.ts'

/** Makes some files, by path from the checkout's root. A later one may read what an earlier one wrote. */
type Generator = () => Promise<Record<string, string>>

const generators: Generator[] = [
  async () => ({
    'openapi/user-service.json': stableJson(await (await import('../services/user-service/src/openapi.ts')).openApiDocument()),
    'openapi/crm-service.json': stableJson(await (await import('../services/crm-service/src/openapi.ts')).openApiDocument()),
  }),
  async () => ({ 'openapi/gateway.json': stableJson(await (await import('./generate/gateway-document.ts')).gatewayDocument()) }),
  async () => ({ 'openapi/asyncapi.yaml': (await import('./generate/event-document.ts')).eventDocument() }),
  async () => {
    const { sdkFiles } = await import('./generate/sdk.ts')
    const files = await sdkFiles({ documents: join(root, 'openapi'), read: (path) => read(`sdk/${path}`) })
    return Object.fromEntries(Object.entries(files).map(([path, content]) => [`sdk/${path}`, content]))
  },
  async () => {
    const { configurationTable, environmentTemplate } = await import('./generate/configuration.ts')
    return {
      '.env.template': environmentTemplate(),
      'README.md': withSection(await read('README.md'), 'configuration', configurationTable()),
    }
  },
  async () => {
    const { topicsTable } = await import('./generate/topics.ts')
    return { 'ARCHITECTURE.md': withSection(await read('ARCHITECTURE.md'), 'topics', topicsTable()) }
  },
]

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
for (const generate of generators) {
  for (const [path, content] of Object.entries(await generate())) {
    const file = join(root, path)
    if ((await readIfThere(file)) === content) continue
    stale.push(path)
    if (values.check) continue
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
    console.log(`wrote ${path}`)
  }
}

if (stale.length === 0) console.log('Generated files are up to date.')
else if (values.check) {
  console.error(`Stale: ${stale.join(', ')}. Renew with: pnpm generate`)
  process.exitCode = 1
}
