import { execFile } from 'node:child_process'
import { cp, mkdir, stat } from 'node:fs/promises'
import { basename, join, posix, relative } from 'node:path'
import { promisify } from 'node:util'
import { repositoryRoot } from '@crm/testing/repository-root.ts'
import { type InContext, readDockerignore } from './build-context.ts'
import type { Stage, Stages, Step } from './dockerfile.ts'

const run = promisify(execFile)

/** Where the Dockerfile has pnpm's store, which a mount keeps between builds. */
const storeInImage = '/pnpm/store'

/** Gives the folder that holds a stage's files, as its root, by the stage's name. */
export type ImageBuilder = (stage: string) => Promise<string>

/**
 * Does what the Dockerfile says without a container engine: each stage is a folder, COPY copies (nothing that .dockerignore leaves
 * out), and pnpm installs into it from the store that this checkout was installed from, offline. What the base image brings is absent.
 */
export function createImageBuilder(stages: Stages, folder: string): ImageBuilder {
  const built = new Map<string, Promise<string>>()
  const inContext = readDockerignore()
  const build: ImageBuilder = (name) => {
    const stage = stages.get(name)
    if (stage === undefined) throw new Error(`the Dockerfile has no stage ${name}`)
    const running = built.get(name) ?? buildStage({ stage, stages, root: join(folder, name), build, inContext })
    built.set(name, running)
    return running
  }
  return build
}

interface StageBuild {
  stage: Stage
  stages: Stages
  root: string
  build: ImageBuilder
  inContext: InContext
}

async function buildStage({ stage, stages, root, build, inContext }: StageBuild): Promise<string> {
  await mkdir(root, { recursive: true })
  if (stages.has(stage.base)) await copyTree(await build(stage.base), root)
  let workdir = inheritedWorkdir(stages, stage.base)
  for (const step of stage.steps) {
    if (step.keyword === 'WORKDIR') {
      workdir = posix.resolve(workdir, step.line)
      await mkdir(join(root, workdir), { recursive: true })
    } else if (step.keyword === 'COPY') {
      await copy(step, { root, workdir, build, inContext })
    } else if (step.keyword === 'RUN') {
      await runCommand(step, join(root, workdir))
    }
  }
  return root
}

function inheritedWorkdir(stages: Stages, name: string): string {
  const stage = stages.get(name)
  if (stage === undefined) return '/'
  return stage.steps.reduce(
    (workdir, { keyword, line }) => (keyword === 'WORKDIR' ? posix.resolve(workdir, line) : workdir),
    inheritedWorkdir(stages, stage.base),
  )
}

async function copy(
  step: Step,
  { root, workdir, build, inContext }: Pick<StageBuild, 'root' | 'build' | 'inContext'> & { workdir: string },
) {
  const [target = '', ...sources] = step.args.toReversed()
  const to = join(root, posix.resolve(workdir, target))
  for (const source of sources) {
    if (step.flags.from !== undefined) await copyTree(join(await build(step.flags.from), source), to)
    else await copyFromContext(join(repositoryRoot, source), { to, isFolder: target.endsWith('/'), inContext })
  }
}

interface ContextCopy {
  to: string
  isFolder: boolean
  inContext: InContext
}

// Of a folder its content is copied, as the builder does.
async function copyFromContext(from: string, { to, isFolder, inContext }: ContextCopy): Promise<void> {
  const isFile = (await stat(from)).isFile()
  const filter = (path: string) => inContext(relative(repositoryRoot, path))
  if (!filter(from)) throw new Error(`.dockerignore leaves out ${from}, which the Dockerfile copies`)
  await cp(from, isFile && isFolder ? join(to, basename(from)) : to, { recursive: true, filter })
}

// Nobody writes to an image, so links will do where there are any.
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  await run('cp', [process.platform === 'linux' ? '-al' : '-a', `${from}/.`, to])
}

async function runCommand(step: Step, cwd: string): Promise<void> {
  const [program, ...args] = step.args
  // The pnpm that runs this checkout stands for the one that the image gets.
  if (program === 'npm' && args.join(' ').startsWith('install --global pnpm@')) return
  if (program !== 'pnpm') throw new Error(`RUN ${step.line}: this builder knows pnpm alone`)
  const store = await storeOfCheckout()
  const changed = args.map((arg) => (arg === storeInImage ? store : arg))
  await run('pnpm', [...changed, '--offline'], { cwd, env: cleanEnvironment() }).catch((error) => {
    throw new Error(`RUN ${step.line} failed: ${error.stdout}${error.stderr}`)
  })
}

async function storeOfCheckout(): Promise<string> {
  const { stdout } = await run('pnpm', ['store', 'path'], { cwd: repositoryRoot, env: cleanEnvironment() })
  // The command adds the version of the store's layout, and the option does too.
  return stdout.trim().replace(/\/v\d+$/, '')
}

// What pnpm tells the scripts it runs would set up the pnpm that a script runs.
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|pnpm_|NODE_OPTIONS)/i.test(name))
  return { ...Object.fromEntries(kept), CI: 'true' }
}
