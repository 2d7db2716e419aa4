import { type Failure, type FileReport, readTapFile } from './tap-file.ts'

/** What tap said about a test file once its process had ended. */
export interface Verdict {
  file: string
  ok: boolean
  diag: unknown
  /** Milliseconds. */
  duration: number
}

export interface TapRun {
  /** Every file that was to run. */
  files: string[]
  /** What each file printed. */
  outputs: Map<string, string>
  verdicts: Verdict[]
  /** Why the whole run was given up, if it was. */
  bailout: string | undefined
  /** tap's own exit code; null when a signal ended it. */
  exitCode: number | null
}

export interface FailureInFile extends Failure {
  file: string
}

export interface Results {
  passed: number
  skipped: number
  failures: FailureInFile[]
}

/** Adds up a run. A run that did not end well has at least one failure, whatever the files say. */
export function addUp(run: TapRun): Results {
  const results: Results = { passed: 0, skipped: 0, failures: [] }
  for (const file of run.files) {
    const report = readTapFile(run.outputs.get(file) ?? '')
    results.passed += report.passed
    results.skipped += report.skipped
    const failures = report.failures.length > 0 ? report.failures : wholeFileFailures(report, verdictOn(file, run))
    results.failures.push(...failures.map((failure) => ({ file, ...failure })))
  }
  if (run.bailout !== undefined) results.failures.push({ file: 'tap', name: `bailed out: ${run.bailout}`, diag: undefined })
  if (run.exitCode !== 0 && results.failures.length === 0) {
    results.failures.push({ file: 'tap', name: `ended with exit code ${run.exitCode}`, diag: undefined })
  }
  return results
}

/** The files that did not pass. */
export function failedFiles(run: TapRun): string[] {
  const failed = new Set(addUp(run).failures.map(({ file }) => file))
  return run.files.filter((file) => failed.has(file))
}

/** A run of which some files ran again: what those said the second time stands for what they said the first time. */
export function amended(first: TapRun, second: TapRun): TapRun {
  const isAgain = (file: string) => second.files.includes(file)
  const kept = first.verdicts.filter(({ file, diag }) => !isAgain(file) && !isAgain(String(property(diag, 'expired'))))
  return {
    files: first.files,
    outputs: new Map([...first.outputs].filter(([file]) => !isAgain(file)).concat([...second.outputs])),
    verdicts: [...kept, ...second.verdicts],
    bailout: first.bailout ?? second.bailout,
    exitCode: second.exitCode,
  }
}

// A file that ran out of time is named in the diagnostics of a verdict of its own.
function verdictOn(file: string, { verdicts }: TapRun): Verdict | undefined {
  return verdicts.find((verdict) => verdict.file === file || property(verdict.diag, 'expired') === file)
}

/** Failures of a file in which every assertion that ran passed. */
function wholeFileFailures(report: FileReport, verdict: Verdict | undefined): Failure[] {
  if (verdict?.ok === false) return [{ name: howItEnded(verdict.diag), diag: undefined }]
  // When one file runs out of time tap may drop another's verdict: whole output stands for it.
  if (verdict === undefined && !report.complete) return [{ name: 'did not run to its end', diag: undefined }]
  if (report.passed + report.skipped === 0) return [{ name: 'no assertion ran', diag: undefined }]
  return []
}

function howItEnded(diag: unknown): string {
  if (property(diag, 'expired') !== undefined) return 'ran out of time'
  const signal = property(diag, 'signal')
  if (typeof signal === 'string') return `was ended by ${signal}`
  return `ended with exit code ${property(diag, 'exitCode')}: its error output is above`
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
