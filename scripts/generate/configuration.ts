import { AllInOneConfig } from '../../services/all-in-one/src/config.ts'
import { CrmServiceConfig, CrmWorkerConfig } from '../../services/crm-service/src/config.ts'
import { GatewayConfig } from '../../services/gateway/src/config.ts'
import { MigrateConfig } from '../../services/migrate/src/config.ts'
import { UserServiceConfig } from '../../services/user-service/src/config.ts'
import { markdownTable } from './markdown.ts'

interface Variable {
  description?: string
  default?: unknown
  secret?: boolean
}

interface ConfigSchema {
  properties: Record<string, Variable>
  required?: string[]
}

interface Row extends Variable {
  name: string
  /** The processes that read it, each with its default. */
  readers: { process: string; default: string; isRequired: boolean }[]
}

const processes: Record<string, ConfigSchema> = {
  'user-service': UserServiceConfig,
  'crm-service': CrmServiceConfig,
  'crm-worker': CrmWorkerConfig,
  gateway: GatewayConfig,
  migrate: MigrateConfig,
  'all-in-one': AllInOneConfig,
}

/** Every variable, from the schemas of the processes. */
export function configurationTable(): string {
  return markdownTable(
    ['variable', 'default', 'read by', 'meaning'],
    rows().map((row) => [row.name, defaults(row), readers(row), meaning(row)]),
  )
}

/** Every variable with its meaning and default, to be copied to `.env`. */
export function environmentTemplate(): string {
  const entries = rows().map((row) => `# ${meaning(row)} (${readers(row)})\n#${row.name}=${row.readers[0]?.default ?? ''}`)
  return `# Copy what you change to your environment. Every variable is optional with \`pnpm start\`.\n\n${entries.join('\n\n')}\n`
}

function rows(): Row[] {
  const found = new Map<string, Row>()
  for (const [process, schema] of Object.entries(processes)) {
    for (const [name, variable] of Object.entries(schema.properties)) {
      const row = found.get(name) ?? { ...variable, name, readers: [] }
      const isRequired = variable.default === undefined && (schema.required?.includes(name) ?? false)
      row.readers.push({ process, default: variable.default === undefined ? '' : String(variable.default), isRequired })
      found.set(name, row)
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function defaults({ readers }: Row): string {
  const different = new Set(readers.map((reader) => reader.default))
  if (different.size > 1) return readers.map((reader) => `\`${reader.default}\` (${reader.process})`).join(', ')
  if (readers[0]?.default) return `\`${readers[0].default}\``
  return readers.some(({ isRequired }) => isRequired) ? 'required' : ''
}

function readers(row: Row): string {
  return row.readers.length === Object.keys(processes).length ? 'all' : row.readers.map(({ process }) => process).join(', ')
}

function meaning({ name, description, secret }: Row): string {
  return `${description}${secret ? `; or \`${name}_FILE\`` : ''}`
}
