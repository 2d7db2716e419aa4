export type StartFailure = 'port-taken' | 'data-in-use' | 'data-damaged' | 'failed'

/** PostgreSQL could not be started. The message is one line that says what is wrong, where, and what to do. */
export class PostgresStartError extends Error {
  readonly reason: StartFailure

  constructor(reason: StartFailure, message: string, options?: ErrorOptions) {
    super(message.replaceAll(/\s*\n\s*/g, ' '), options)
    this.name = 'PostgresStartError'
    this.reason = reason
  }
}

export function portTaken(port: number): PostgresStartError {
  return new PostgresStartError(
    'port-taken',
    `Port ${port} on 127.0.0.1 is taken: stop the program that listens there or choose another port`,
  )
}

export function dataInUse(dataDir: string, pid?: number): PostgresStartError {
  const holder = pid === undefined ? 'another PostgreSQL' : `PostgreSQL with process id ${pid}`
  return new PostgresStartError('data-in-use', `${holder} already runs on ${dataDir}: stop it first, or use another folder`)
}

export function dataDamaged(dataDir: string, what: string): PostgresStartError {
  return new PostgresStartError(
    'data-damaged',
    `The PostgreSQL data in ${dataDir} is damaged (${what}): restore it from a copy, or delete the folder to begin with empty data`,
  )
}

const damage = [
  /^PANIC/,
  /control file/,
  /not a valid data directory/,
  /database files are incompatible/,
  /could not (open|read|access|stat) (file|directory) "(base|global|pg_)/,
  /invalid (data in|contents of) file/,
  /relation mapping file/,
]

/** Turns what a server wrote before it gave up into the reason for it. */
export function explainStartFailure(lines: readonly string[], dataDir: string, port: number): PostgresStartError {
  const text = lines.join('\n')
  if (/could not bind [^\n]*Address already in use|could not create any TCP\/IP sockets/.test(text)) return portTaken(port)
  if (/lock file "postmaster.pid" already exists|pre-existing shared memory block/.test(text)) return dataInUse(dataDir)
  const fatal = lines.map((line) => /(?:PANIC|FATAL): .*/.exec(line)?.[0]).find((line) => line !== undefined)
  const said = fatal ?? lines.findLast((line) => line.trim() !== '') ?? 'it said nothing'
  if (/No space left on device/.test(text)) {
    return new PostgresStartError(
      'failed',
      `PostgreSQL in ${dataDir} did not start, the disk is full (${said}): free some space and try again`,
    )
  }
  // Recovery reads what the last run wrote; what stops it is not to be had by starting again.
  const recoveryFailed = /startup process \(PID \d+\) exited/.test(text)
  if (fatal !== undefined && (recoveryFailed || damage.some((sign) => sign.test(fatal)))) return dataDamaged(dataDir, fatal)
  return new PostgresStartError('failed', `PostgreSQL in ${dataDir} did not start: ${said}`)
}
