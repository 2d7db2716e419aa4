import { parseArgs } from 'node:util'

export interface BenchOptions {
  /** Benchmarks to run. */
  names: string[]
  /** Rounds of each contender. */
  rounds: number
  /** Of one round. */
  seconds: number
  warmUpSeconds: number
  connections: number
  /** Whether to print one line of JSON at the end. */
  json: boolean
}

/** Throws on unknown options and benchmarks, and on figures that are not whole and positive. Without names, every benchmark is meant. */
export function readOptions(args: string[], known: string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '4' },
      'warm-up': { type: 'string', default: '3' },
      connections: { type: 'string', default: '32' },
      json: { type: 'boolean', default: false },
    },
  })
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`no benchmark is called ${unknown.join(', ')}; there are ${known.join(', ')}`)
  return {
    names: positionals.length > 0 ? positionals : known,
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    warmUpSeconds: positive('warm-up', values['warm-up']),
    connections: positive('connections', values.connections),
    json: values.json,
  }
}

function positive(name: string, text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new Error(`--${name} must be a whole number from 1 up, not '${text}'`)
  return Number(text)
}
