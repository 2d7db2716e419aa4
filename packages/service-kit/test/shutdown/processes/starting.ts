// A process under test: its start fails the way the environment says.
import { createServer } from 'node:http'
import { Type } from '@sinclair/typebox'
import { loadConfig } from '../../../src/config/load-config.ts'
import { port, variables } from '../../../src/config/variables.ts'
import { connectDatabase } from '../../../src/database/database.ts'
import { checkSchemaVersion } from '../../../src/database/schema-version.ts'
import { startOrExit } from '../../../src/shutdown/start-or-exit.ts'

async function start(): Promise<void> {
  const config = loadConfig(Type.Object({ PORT: port(8001), DATABASE_URL: Type.Optional(variables.DATABASE_URL) }), process.env)
  if (process.env.DEFECT !== undefined) throw new TypeError('lead is not a function')
  if (config.DATABASE_URL !== undefined) {
    const db = connectDatabase({ url: config.DATABASE_URL, applicationName: 'crm-service' })
    await checkSchemaVersion(db, process.env.MIGRATIONS ?? '')
  }
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(config.PORT, '127.0.0.1', resolve)
  })
}

await startOrExit('crm-service', start, { databaseVariable: 'DATABASE_URL' })
