import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun } from './commands.ts'
import type { Teardown } from './processes.ts'
import { repositoryRoot } from './repository-root.ts'

const sdk = join(repositoryRoot, 'sdk')

export interface Consumer {
  /** An otherwise empty folder with the files of `sdk/test/consumer`; removed at teardown. */
  folder: string
  /** What npm made of the package in it. */
  installed: string
}

/**
 * Packs the SDK as it is published and installs it by npm, with its dependencies packed from where they are installed here: without a
 * network. Throws when one of the steps fails.
 */
export async function installPackedSdk(t: Teardown): Promise<Consumer> {
  const temporary = await mkdtemp(join(tmpdir(), 'crm-sdk-package-'))
  t.teardown(() => rm(temporary, { recursive: true, force: true }))
  const folder = join(temporary, 'consumer')
  await mkdir(folder)
  const packed = JSON.parse(await mustRun('pnpm', ['pack', '--json', '--pack-destination', temporary], sdk))
  const dependencies = [...(await dependenciesOf(sdk))].map((dependency) => packOf(dependency, temporary))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const tarballs = [join(temporary, String(packed.filename).split('/').at(-1) ?? ''), ...(await Promise.all(dependencies))]
  await mustRun('npm', ['install', '--offline', '--no-audit', '--no-fund', ...tarballs], folder)
  await cp(join(sdk, 'test/consumer'), folder, { recursive: true })
  return { folder, installed: join(folder, 'node_modules/@crm/sdk') }
}

/** Folders of what a package depends on, directly or not. */
async function dependenciesOf(folder: string, found = new Set<string>()): Promise<Set<string>> {
  const { dependencies = {}, name } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  // Its own are beside it, but the SDK's are below it.
  const modules = folder === sdk ? join(folder, 'node_modules') : folder.slice(0, -String(name).length)
  for (const dependency of Object.keys(dependencies)) {
    const at = await realpath(join(modules, dependency))
    if (!found.has(at)) await dependenciesOf(at, found.add(at))
  }
  return found
}

async function packOf(folder: string, destination: string): Promise<string> {
  const args = ['pack', folder, '--json', '--ignore-scripts', '--pack-destination', destination]
  const [{ filename }] = JSON.parse(await mustRun('npm', args, destination))
  return join(destination, filename)
}
