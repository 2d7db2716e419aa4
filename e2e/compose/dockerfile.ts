import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { repositoryRoot } from '@crm/testing/repository-root.ts'
import { DockerfileParser, type From, type Instruction, type ModifiableInstruction } from 'dockerfile-ast'

export interface Step {
  keyword: string
  /** Such as `from` of `COPY --from=build`. */
  flags: Record<string, string>
  args: string[]
  /** The line as it is written, continuations joined, flags left out. */
  line: string
}

export interface Stage {
  name: string
  /** An image, or another stage. */
  base: string
  steps: Step[]
}

export type Stages = Map<string, Stage>

/** The stages of the Dockerfile by name, in their order. Throws for a stage without a name. */
export function readDockerfile(): Stages {
  return parseDockerfile(readFileSync(join(repositoryRoot, 'Dockerfile'), 'utf8'))
}

export function parseDockerfile(text: string): Stages {
  const stages: Stages = new Map()
  let current: Stage | undefined
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const keyword = instruction.getKeyword()
    if (keyword === 'FROM') {
      const from = instruction as From
      const [name, base] = [from.getBuildStage(), from.getImage()]
      if (name === null || base === null) throw new Error(`FROM ${base} AS ${name}: every stage has an image and a name`)
      current = { name, base, steps: [] }
      stages.set(name, current)
    } else if (current === undefined) {
      throw new Error(`${keyword} stands before every FROM`)
    } else {
      current.steps.push(stepOf(keyword, instruction))
    }
  }
  return stages
}

function stepOf(keyword: string, instruction: Instruction): Step {
  const flags = 'getFlags' in instruction ? (instruction as ModifiableInstruction).getFlags() : []
  const args = instruction.getArguments().map((argument) => argument.getValue())
  return {
    keyword,
    flags: Object.fromEntries(flags.map((flag) => [flag.getName(), flag.getValue() ?? ''])),
    args,
    line: args.join(' '),
  }
}

/** A stage after those it is built on, the first one first. */
export function lineage(stages: Stages, name: string): Stage[] {
  const stage = stages.get(name)
  return stage === undefined ? [] : [...lineage(stages, stage.base), stage]
}

/** The steps of a stage and of those it is built on, in the order they are done. */
export function stepsOf(stages: Stages, name: string): Step[] {
  return lineage(stages, name).flatMap(({ steps }) => steps)
}

/** What the last such step says; undefined without one. */
export function lastStep(stages: Stages, name: string, keyword: string): Step | undefined {
  return stepsOf(stages, name).findLast((step) => step.keyword === keyword)
}

export interface Command {
  /** What is run whatever the arguments are; empty where the arguments name the program. */
  entrypoint: string[]
  /** The arguments, unless somebody gives others. */
  args: string[]
}

/** What a container runs. Throws for the forms that a shell would run: it would not pass signals on. */
export function commandOf(stages: Stages, name: string): Command {
  return { entrypoint: execForm(lastStep(stages, name, 'ENTRYPOINT')), args: execForm(lastStep(stages, name, 'CMD')) }
}

function execForm(step: Step | undefined): string[] {
  if (step === undefined) return []
  if (!step.line.startsWith('[')) throw new Error(`${step.keyword} ${step.line} is not in exec form`)
  return JSON.parse(step.line)
}

/** The program's source, by its path in the checkout. */
export function sourceOf(stages: Stages, name: string): string {
  const { entrypoint, args } = commandOf(stages, name)
  const [program, source = ''] = [...entrypoint, ...args]
  if (program !== 'node') throw new Error(`${name} runs ${program}, which is none of ours`)
  return posix.relative('/app', posix.resolve(workingFolder(stages, name), source))
}

/** The folder that a stage's process runs in. */
export function workingFolder(stages: Stages, name: string): string {
  return lastStep(stages, name, 'WORKDIR')?.line ?? '/'
}
