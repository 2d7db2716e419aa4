import { sampleCompanyIds, sampleUsers } from 'user-service/sample-data/sample-data.ts'
import type { AllInOneConfig } from './config.ts'

export interface AnnouncementOptions {
  config: AllInOneConfig
  dataDir: string
  postgresPort: number
  seconds: number
}

/** What a person wants to know once everything runs: addresses, accounts, and a first thing to try. */
export function announcement({ config, dataDir, postgresPort, seconds }: AnnouncementOptions): string {
  const { CRM_SERVICE_URL, GATEWAY_URL, USER_SERVICE_URL } = config
  return `
The CRM runs (ready in ${seconds.toFixed(1)} s). Ctrl-C stops it.

  the API (log in)      ${GATEWAY_URL}/docs
  leads                 ${CRM_SERVICE_URL}/docs
  companies and users   ${USER_SERVICE_URL}/docs
  data                  ${dataDir} (PostgreSQL on 127.0.0.1:${postgresPort})
${config.SEED_SAMPLE_DATA ? sampleData(GATEWAY_URL) : ''}`
}

function sampleData(gatewayUrl: string): string {
  const columns = sampleUsers.map(({ email, password, role, id }) => [`${email} / ${password}`, role, `x-user-id: ${id}`])
  const width = Math.max(...columns.map(([account = '']) => account.length))
  const accounts = columns.map(([account = '', role = '', id]) => `  ${account.padEnd(width)}  ${role.padEnd(12)}  ${id}`)
  const { email, password } = sampleUsers.find(({ role }) => role === 'CHILD_USER') ?? {}
  const login = JSON.stringify({ email, password })
  const lead = JSON.stringify({ name: 'Leonie Köhler', email: 'leonie@example.com', companyId: sampleCompanyIds.acmeWest })
  return `
Sample accounts:

${accounts.join('\n')}

Log in, create a lead, then see it QUALIFIED:

  token=$(curl -s ${gatewayUrl}/v1/auth/login -H 'content-type: application/json' \\
    -d '${login}' | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')
  curl -s ${gatewayUrl}/v1/leads -H "authorization: Bearer $token" -H 'content-type: application/json' \\
    -d '${lead}'
  curl -s ${gatewayUrl}/v1/leads -H "authorization: Bearer $token"

`
}
