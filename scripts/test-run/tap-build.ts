import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { runStep } from '../steps.ts'

/** Lets tap build itself for the plugins of .taprc: until then its first run after an install does that instead of testing, and fails. */
export async function buildTap(): Promise<void> {
  const tap = createRequire(import.meta.url).resolve('tap')
  const built = createRequire(tap).resolve('@tapjs/test/built')
  if (!readFileSync(built, 'utf8').includes('@tapjs/typescript')) return
  const result = await runStep({ name: 'tap build', command: 'tap', args: ['build'] })
  if (!result.ok) throw new Error(`tap could not build itself:\n${result.output}`)
}
