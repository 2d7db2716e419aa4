import { loadConfig } from '@crm/service-kit/config/load-config.ts'
import { variables } from '@crm/service-kit/config/variables.ts'
import { type Static, type TString, Type } from '@sinclair/typebox'
import { type DatabaseVariable, databases } from './databases.ts'

const { DATABASE_URL, LOG_LEVEL } = variables

const databaseVariables: Record<DatabaseVariable, TString> = {
  USER_DATABASE_URL: databaseOf('user-service'),
  CRM_DATABASE_URL: databaseOf('crm-service'),
}

/** The environment of the migrate job. */
export const MigrateConfig = Type.Object({
  ...databaseVariables,
  ADMIN_DATABASE_URL: Type.Optional({
    ...DATABASE_URL,
    description: 'A superuser of the same server, who makes missing roles and databases; they must be there when it is unset',
  }),
  ADMIN_DATABASE_PASSWORD: Type.Optional(
    Type.String({ minLength: 1, secret: true, description: "The superuser's password, where ADMIN_DATABASE_URL has none" }),
  ),
  DEDICATED_SERVER: Type.Boolean({
    default: false,
    description: 'The server has no users but these services: superusers alone may connect to the databases that it came with',
  }),
  LOG_LEVEL,
})
export type MigrateConfig = Static<typeof MigrateConfig>

/** Throws one ConfigError that names every wrong variable. */
export function loadMigrateConfig(env: NodeJS.ProcessEnv): MigrateConfig {
  return loadConfig(MigrateConfig, env, [ownershipProblems, adminProblems])
}

// A role that owns two databases could read both.
function ownershipProblems(config: Partial<MigrateConfig>): string[] {
  const problems: string[] = []
  const taken = new Map<string, string>()
  for (const { variable } of databases) {
    const url = config[variable]
    if (url === undefined) continue
    const { username, pathname } = new URL(url)
    for (const [kind, name] of [
      ['role', username],
      ['database', pathname.slice(1)],
    ] as const) {
      const other = taken.get(`${kind} ${name}`)
      if (other !== undefined) problems.push(`${variable} and ${other} name the same ${kind}, ${name}: each service has its own`)
      taken.set(`${kind} ${name}`, variable)
    }
  }
  return problems
}

function adminProblems(config: Partial<MigrateConfig>): string[] {
  const { ADMIN_DATABASE_URL, ADMIN_DATABASE_PASSWORD, DEDICATED_SERVER } = config
  const problems: string[] = []
  if (ADMIN_DATABASE_URL === undefined) {
    if (ADMIN_DATABASE_PASSWORD !== undefined) problems.push('ADMIN_DATABASE_PASSWORD is of no use without ADMIN_DATABASE_URL')
    if (DEDICATED_SERVER) problems.push('DEDICATED_SERVER is of no use without ADMIN_DATABASE_URL')
    return problems
  }
  const admin = new URL(ADMIN_DATABASE_URL)
  if (admin.password !== '' && ADMIN_DATABASE_PASSWORD !== undefined)
    problems.push('ADMIN_DATABASE_URL has a password and ADMIN_DATABASE_PASSWORD is set too: give it once')
  for (const { variable } of databases) {
    const url = config[variable]
    if (url === undefined) continue
    const { host, username, password } = new URL(url)
    if (host !== admin.host) problems.push(`${variable} is on ${host} and ADMIN_DATABASE_URL on ${admin.host}: they must be one server`)
    if (username === admin.username) problems.push(`${variable} is the superuser's: name a role that owns this database alone`)
    if (username === '' || password === '') problems.push(`${variable} must name a role and its password`)
  }
  return problems
}

/** The superuser's connection string with the password in it; undefined where roles and databases are somebody else's to make. */
export function adminUrl({ ADMIN_DATABASE_URL, ADMIN_DATABASE_PASSWORD }: MigrateConfig): string | undefined {
  if (ADMIN_DATABASE_URL === undefined || ADMIN_DATABASE_PASSWORD === undefined) return ADMIN_DATABASE_URL
  const url = new URL(ADMIN_DATABASE_URL)
  url.password = encodeURIComponent(ADMIN_DATABASE_PASSWORD)
  return url.href
}

function databaseOf(service: string): TString {
  return { ...DATABASE_URL, description: `What ${service} has as its DATABASE_URL; the name and password in it are made the role's` }
}
