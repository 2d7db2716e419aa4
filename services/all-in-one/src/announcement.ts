import { sampleCompanyIds, sampleUserIds, sampleUsers } from 'user-service/sample-data/sample-data.ts'
import type { AllInOneConfig } from './config.ts'

export interface AnnouncementOptions {
  config: AllInOneConfig
  dataDir: string
  postgresPort: number
  seconds: number
}

/** What a person wants to know once everything runs: addresses, accounts, and a first thing to try. */
export function announcement({ config, dataDir, postgresPort, seconds }: AnnouncementOptions): string {
  const { CRM_SERVICE_URL, USER_SERVICE_URL } = config
  return `
The CRM runs (ready in ${seconds.toFixed(1)} s). Ctrl-C stops it.

  leads                 ${CRM_SERVICE_URL}/docs
  companies and users   ${USER_SERVICE_URL}/docs
  data                  ${dataDir} (PostgreSQL on 127.0.0.1:${postgresPort})
${config.SEED_SAMPLE_DATA ? sampleData(CRM_SERVICE_URL) : ''}`
}

function sampleData(crmServiceUrl: string): string {
  const width = Math.max(...sampleUsers.map(({ email }) => email.length))
  const accounts = sampleUsers.map(({ email, role, id }) => `  ${email.padEnd(width)}  ${role.padEnd(12)}  x-user-id: ${id}`)
  const lead = JSON.stringify({ name: 'Leonie Köhler', email: 'leonie@example.com', companyId: sampleCompanyIds.acmeWest })
  return `
Sample accounts:

${accounts.join('\n')}

Create a lead, then see it QUALIFIED:

  curl -s ${crmServiceUrl}/v1/leads -H 'x-user-id: ${sampleUserIds.west}' -H 'content-type: application/json' \\
    -d '${lead}'
  curl -s ${crmServiceUrl}/v1/leads -H 'x-user-id: ${sampleUserIds.west}'

`
}
