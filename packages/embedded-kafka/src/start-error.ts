export type StartFailure = 'no-java' | 'no-maven' | 'no-jars' | 'port-taken' | 'data-in-use' | 'data-damaged' | 'failed'

/** Kafka could not be started. The message is one line that says what is wrong, where, and what to do. */
export class KafkaStartError extends Error {
  readonly reason: StartFailure

  constructor(reason: StartFailure, message: string, options?: ErrorOptions) {
    super(message.replaceAll(/\s*\n\s*/g, ' '), options)
    this.name = 'KafkaStartError'
    this.reason = reason
  }
}

export function dataDamaged(dataDir: string, what: string): KafkaStartError {
  return new KafkaStartError(
    'data-damaged',
    `The Kafka data in ${dataDir} is damaged (${what}): restore it from a copy, or delete the folder to begin with empty data`,
  )
}

const damage = /meta\.properties|corrupt|Invalid cluster\.id|has not been formatted|Unexpected.*checkpoint|KafkaStorageException/i

export interface StartAttempt {
  dataDir: string
  ports: readonly number[]
}

/** Turns what a broker wrote before it gave up into the reason for it. */
export function explainStartFailure(lines: readonly string[], { dataDir, ports }: StartAttempt): KafkaStartError {
  const text = lines.join('\n')
  const port = /failed to bind to [^\n]*?:(\d+): Address already in use/i.exec(text)?.[1]
  if (port !== undefined || /Address already in use/.test(text)) {
    return new KafkaStartError(
      'port-taken',
      `Port ${port ?? ports.join(' or ')} on 127.0.0.1 is taken: stop the program that listens there or choose another port`,
    )
  }
  // Whoever started it is gone, and did not take it along.
  if (/Failed to acquire lock on file/.test(text)) {
    return new KafkaStartError('data-in-use', `Another Kafka already runs on ${dataDir}: stop it first, or choose another folder`)
  }
  const error = lines.find((line) => /ERROR|FATAL|Exception|^Error/.test(line)) ?? lines.findLast((line) => line.trim() !== '')
  const said = error ?? 'it said nothing'
  const cause = lines.find((line) => damage.test(line))
  if (cause !== undefined) return dataDamaged(dataDir, cause.trim())
  return new KafkaStartError('failed', `Kafka in ${dataDir} did not start: ${said.trim()}`)
}
