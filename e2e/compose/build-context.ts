import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '@crm/testing/repository-root.ts'

/** Whether a file or folder of the checkout, by its path from there, reaches the builder. */
export type InContext = (path: string) => boolean

/** The rules of .dockerignore: the last that matches a path, or a folder above it, decides. */
export function readDockerignore(text = readFileSync(join(repositoryRoot, '.dockerignore'), 'utf8')): InContext {
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => (line.startsWith('!') ? { pattern: expression(line.slice(1)), kept: true } : { pattern: expression(line), kept: false }))
  return (path) => {
    const parts = path.split('/')
    const withParents = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
    const decisive = rules.findLast(({ pattern }) => withParents.some((candidate) => pattern.test(candidate)))
    return decisive?.kept ?? true
  }
}

// A star stands for names that begin with a dot too, unlike in a shell.
function expression(pattern: string): RegExp {
  const parts = pattern.split('/').map((part) =>
    part
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '[^/]*')
      .replaceAll('?', '[^/]'),
  )
  const path = parts.join('/').replaceAll('[^/]*[^/]*/', '(?:.*/)?')
  return new RegExp(`^${path}$`)
}
