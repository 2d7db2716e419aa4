import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { repositoryRoot } from '@crm/testing/repository-root.ts'
import { build } from 'esbuild'

export interface ProcessFiles {
  /** Source files and what they read beside them, by their paths in the checkout. */
  files: string[]
  /** Packages from the registry, each with the source files that import it. */
  packages: Map<string, Set<string>>
}

/** All that a program is made of, found by following its imports and the places it names by `new URL(…, import.meta.url)`. */
export async function filesOfProcess(entry: string): Promise<ProcessFiles> {
  const packages = new Map<string, Set<string>>()
  const { metafile } = await build({
    entryPoints: [join(repositoryRoot, entry)],
    absWorkingDir: repositoryRoot,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    plugins: [
      {
        name: 'packages from the registry',
        setup({ onResolve, resolve: ask }) {
          onResolve({ filter: /^[^./]/ }, async ({ path, importer, kind, resolveDir, pluginData }) => {
            if (pluginData === 'asked' || isBuiltin(path) || kind === 'entry-point') return undefined
            const found = await ask(path, { kind, resolveDir, pluginData: 'asked' })
            // The workspace's own packages are links, which lead out of node_modules.
            if (found.errors.length === 0 && !found.path.includes('node_modules')) return { path: found.path }
            const name = packageName(path)
            packages.set(name, (packages.get(name) ?? new Set()).add(relative(repositoryRoot, importer)))
            return { path, external: true }
          })
        },
      },
    ],
  })
  const sources = Object.keys(metafile.inputs)
  return { files: [...new Set([...sources, ...sources.flatMap(filesRead)])].sort(), packages }
}

// Addresses that are not next to the source, such as a URL's, are of no interest.
function filesRead(source: string): string[] {
  const file = join(repositoryRoot, source)
  const places = readFileSync(file, 'utf8').matchAll(/new URL\(\s*(['"`])([^'"`]+)\1,\s*import\.meta\.url\s*\)/g)
  return [...places].map(([, , place = '']) => relative(repositoryRoot, fileURLToPath(new URL(place, pathToFileURL(file))))).map(trimmed)
}

const trimmed = (path: string) => path.replace(/\/$/, '')

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** The manifest of the workspace package that a source file belongs to, by its path in the checkout. */
export function manifestOf(file: string): { path: string; dependencies: Record<string, string>; scripts: Record<string, string> } {
  for (let folder = dirname(resolve(repositoryRoot, file)); folder.length > repositoryRoot.length; folder = dirname(folder)) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      return {
        path: relative(repositoryRoot, join(folder, 'package.json')),
        dependencies: manifest.dependencies ?? {},
        scripts: manifest.scripts ?? {},
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
  throw new Error(`${file} belongs to no package`)
}
