import { Parser, type Result } from 'tap-parser'

export interface Failure {
  /** The full name: every enclosing test, then the assertion. */
  name: string
  /** What tap knows about it: place, difference, stack. */
  diag: unknown
}

/** What one test file printed. Assertions are counted, not the tests that enclose them. */
export interface FileReport {
  passed: number
  /** Assertions, tests and whole files that were skipped or marked as to do. */
  skipped: number
  failures: Failure[]
  /** Whether the output is whole TAP; it is not when the process was killed. */
  complete: boolean
}

/** Reads the TAP output of one test file. */
export function readTapFile(tap: string): FileReport {
  const report: FileReport = { passed: 0, skipped: 0, failures: [], complete: true }
  const parser = new Parser((results) => {
    report.complete = tap !== '' && !results.failures.some((failure) => failure.tapError)
  })
  collect(parser, report)
  parser.on('plan', ({ start, end, comment }) => {
    if (end < start && comment !== '' && comment !== 'no tests found') report.skipped++
  })
  parser.end(tap)
  return report
}

function collect(parser: Parser, report: FileReport): void {
  let failuresBeforeTest = 0
  parser.on('child', (child: Parser) => {
    failuresBeforeTest = report.failures.length
    collect(child, report)
  })
  parser.on('assert', (result: Result) => {
    const explained = result.closingTestPoint && (result.ok || report.failures.length > failuresBeforeTest)
    if (result.skip !== false || result.todo !== false) report.skipped++
    else if (explained) return
    else if (result.ok) report.passed++
    else report.failures.push({ name: result.fullname, diag: result.diag })
  })
}
