import { readFileSync } from 'node:fs'
import type { Static, TObject, TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { ConfigError } from './config-error.ts'
import { expectation } from './expectation.ts'

declare module '@sinclair/typebox' {
  interface SchemaOptions {
    /** For configuration: the value is never printed, and `<NAME>_FILE` may name a file that holds it. */
    secret?: boolean
    /** For configuration: completes "NAME must be …" where the schema alone does not say it well. */
    expected?: string
  }
}

/** Says what is wrong with variables taken together, one line each. It gets those that could be read: any may be missing. */
export type ConfigRule<Config> = (config: Partial<Config>) => string[]

type Reading = { text: string | undefined } | { problem: string }

/**
 * Reads the variables that `schema` names from `env` and leaves all others alone. Text becomes numbers and booleans where
 * the schema says so; an empty variable counts as unset. Throws one ConfigError naming every missing or wrong variable, and
 * what the rules find wrong with the others.
 */
export function loadConfig<T extends TObject>(schema: T, env: NodeJS.ProcessEnv, rules: ConfigRule<Static<T>>[] = []): Static<T> {
  const required = new Set(schema.required)
  const config: Record<string, unknown> = {}
  const problems: string[] = []
  for (const [name, variable] of Object.entries(schema.properties)) {
    const reading = variable.secret === true ? readSecret(name, env) : { text: env[name] || undefined }
    if ('problem' in reading) {
      problems.push(reading.problem)
    } else if (reading.text === undefined) {
      if (variable.default !== undefined) config[name] = variable.default
      else if (required.has(name)) problems.push(variable.secret === true ? `${name} (or ${name}_FILE) is required` : `${name} is required`)
    } else {
      const value = coerce(variable, reading.text)
      if (Value.Check(variable, value)) config[name] = value
      else problems.push(complaint(name, variable, reading.text))
    }
  }
  for (const rule of rules) problems.push(...rule(config as Partial<Static<T>>))
  if (problems.length > 0) throw new ConfigError(problems)
  return config as Static<T>
}

function readSecret(name: string, env: NodeJS.ProcessEnv): Reading {
  const text = env[name] || undefined
  const file = env[`${name}_FILE`] || undefined
  if (file === undefined) return { text }
  if (text !== undefined) return { problem: `${name} and ${name}_FILE are both set: set one of them` }
  try {
    const content = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
    return content === '' ? { problem: `${name}_FILE names an empty file: ${file}` } : { text: content }
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return { problem: `${name}_FILE names a file that cannot be read: ${file} (${reason})` }
  }
}

function coerce(variable: TSchema, text: string): unknown {
  if ((variable.type === 'integer' || variable.type === 'number') && /^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  if (variable.type === 'boolean' && /^(true|1)$/i.test(text)) return true
  if (variable.type === 'boolean' && /^(false|0)$/i.test(text)) return false
  return text
}

function complaint(name: string, variable: TSchema, text: string): string {
  const shown = variable.secret === true ? ' (its value is not shown)' : `, not ${JSON.stringify(text)}`
  return `${name} must be ${expectation(variable)}${shown}`
}
