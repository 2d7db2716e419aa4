import { Parser, type Result } from 'tap-parser'
import type { Verdict } from './results.ts'

export interface RunReader {
  /** Takes tap's own output, in which each test file is one test. */
  parser: Parser
  verdicts: Verdict[]
  bailout: () => string | undefined
}

/** Reads what tap says of a whole run while it goes on. */
export function readRun(onVerdict: (verdict: Verdict) => void = () => {}): RunReader {
  const verdicts: Verdict[] = []
  let bailout: string | undefined
  const parser = new Parser()
  parser.on('assert', (result: Result) => {
    const verdict = { file: result.name, ok: result.ok, diag: result.diag, duration: result.time ?? 0 }
    verdicts.push(verdict)
    onVerdict(verdict)
  })
  parser.on('bailout', (reason: string) => {
    bailout = reason
  })
  return { parser, verdicts, bailout: () => bailout }
}
