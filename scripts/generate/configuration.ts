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

interface Row {
  name: string
  secret: boolean
  /** The processes that read it, each with its default and what it means there. */
  readers: { process: string; default: string; isRequired: boolean; description: string }[]
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
      const row = found.get(name) ?? { name, secret: variable.secret === true, readers: [] }
      const isRequired = variable.default === undefined && (schema.required?.includes(name) ?? false)
      const { description = '', default: otherwise = '' } = variable
      row.readers.push({ process, default: String(otherwise), isRequired, description })
      found.set(name, row)
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function defaults({ readers }: Row): string {
  const different = new Set(readers.map((reader) => reader.default))
  if (different.size > 1) return readers.map(({ process, default: own }) => `${own ? `\`${own}\`` : 'none'} (${process})`).join(', ')
  if (readers[0]?.default) return `\`${readers[0].default}\``
  return readers.some(({ isRequired }) => isRequired) ? 'required' : ''
}

function readers(row: Row): string {
  return row.readers.length === Object.keys(processes).length ? 'all' : row.readers.map(({ process }) => process).join(', ')
}

function meaning({ name, secret, readers }: Row): string {
  const meanings = [...Map.groupBy(readers, ({ description }) => description)]
  const texts = meanings.map(([text, of]) => (meanings.length === 1 ? text : `${of.map(({ process }) => process).join(', ')}: ${text}`))
  return `${texts.join('. ')}${secret ? `; or \`${name}_FILE\`` : ''}`
}
