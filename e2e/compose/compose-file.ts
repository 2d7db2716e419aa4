import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '@crm/testing/repository-root.ts'
import { parse } from 'yaml'

export interface Healthcheck {
  /** `CMD` and the arguments, or `CMD-SHELL` and a line. */
  test: string[]
  interval: string
  timeout: string
  start_period: string
  start_interval: string
}

/** A service of docker-compose.yml, in the forms that ours are written in. */
export interface ComposeService {
  image: string
  build?: { context: string; target: string }
  user?: string
  /** Started only when it is asked for by name or by one of these. */
  profiles?: string[]
  restart: string
  init?: boolean
  read_only?: boolean
  privileged?: boolean
  cap_drop?: string[]
  security_opt?: string[]
  stop_grace_period: string
  environment?: Record<string, string | number>
  secrets?: string[]
  ports?: string[]
  volumes?: string[]
  networks: string[] | Record<string, { ipv4_address?: string }>
  depends_on?: Record<string, { condition: Condition }>
  healthcheck?: Healthcheck
}

export type Condition = 'service_healthy' | 'service_completed_successfully' | 'service_started'

export interface ComposeFile {
  services: Record<string, ComposeService>
  networks: Record<string, { internal?: boolean; ipam?: { config: { subnet: string; ip_range?: string; gateway?: string }[] } }>
  volumes: Record<string, unknown>
  secrets: Record<string, { file: string }>
}

export const composePath = join(repositoryRoot, 'docker-compose.yml')

/** docker-compose.yml as the engine takes it when `environment` is set: anchors merged, variables filled in. */
export function readComposeFile(environment: Record<string, string> = {}): ComposeFile {
  return parseComposeFile(readFileSync(composePath, 'utf8'), environment) as ComposeFile
}

/** The same of any text, before anybody has looked at its form. */
export function parseComposeFile(text: string, environment: Record<string, string> = {}): unknown {
  const fill = (_key: unknown, value: unknown) => (typeof value === 'string' ? interpolate(value, environment) : value)
  return parse(text, fill, { merge: true })
}

function interpolate(text: string, environment: Record<string, string>): string {
  return text.replace(/\$(?:\{(\w+):-([^}]*)\})?/g, (found, name: string | undefined, otherwise: string) => {
    if (name === undefined) throw new Error(`docker-compose.yml has ${found} in another form than \${NAME:-default}`)
    return environment[name] || otherwise
  })
}

export function networksOf({ networks }: ComposeService): string[] {
  return Array.isArray(networks) ? networks : Object.keys(networks)
}

/** The addresses that services are given for good, by service. */
export function fixedAddresses({ services }: ComposeFile): string[] {
  return Object.values(services).flatMap(({ networks }) =>
    Array.isArray(networks) ? [] : Object.values(networks).flatMap(({ ipv4_address }) => ipv4_address ?? []),
  )
}

/** A duration such as `1m30s` or `500ms`, in milliseconds. */
export function milliseconds(duration: string): number {
  const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }
  const parts = [...duration.matchAll(/(\d+)(ms|h|m|s)/g)]
  if (parts.map(([part]) => part).join('') !== duration) throw new Error(`${duration} is no duration`)
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0)
}
