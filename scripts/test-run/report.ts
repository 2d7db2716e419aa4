import { inspect } from 'node:util'
import type { FailureInFile } from './results.ts'

const leftOut = new Set(['at', 'source', 'compare', 'tapCaught'])

/** Where a failure happened and all that is known about it, ready to print. */
export function describeFailure({ file, name, diag }: FailureInFile, heading = 'FAIL'): string {
  const details = typeof diag === 'object' && diag !== null ? Object.entries(diag) : []
  const lines = [`${heading} ${file}`, `  ${name}`]
  for (const [key, value] of details) {
    if (key === 'at') lines.push(`    at ${place(value)}`)
    else if (!leftOut.has(key)) lines.push(`    ${key}:`, indent(typeof value === 'string' ? value : inspect(value, { depth: 5 })))
  }
  return lines.join('\n')
}

function place(at: unknown): string {
  const { fileName, lineNumber, columnNumber } = Object(at)
  return [fileName, lineNumber, columnNumber].join(':')
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n')
}

export interface Totals {
  passed: number
  failed: number
  skipped: number
  /** Test files that failed and then, alone, passed. */
  unsteady?: number
}

/** The last line of a run. */
export function describeTotals({ passed, failed, skipped, unsteady = 0 }: Totals): string {
  const others = [...(skipped > 0 ? [`${skipped} skipped`] : []), ...(unsteady > 0 ? [`${unsteady} unsteady`] : [])]
  return [`${passed} passed`, `${failed} failed`, ...others].join(', ')
}
