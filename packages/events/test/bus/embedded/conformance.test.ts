import { createTestDatabase, migrationsFolder } from '@crm/testing/database.ts'
import t from 'tap'
import { createEmbeddedBus } from '../../../src/bus/embedded/embedded-bus.ts'
import { connect } from '../../fixtures/databases.ts'
import { recordingLogger } from '../../fixtures/logger.ts'
import { busConformance } from '../conformance.ts'

t.test('the embedded bus, on its migrated database', async (t) => {
  await busConformance(t, async (t) => {
    const { url } = await createTestDatabase(t, { migrations: migrationsFolder('bus_db') })
    return () => createEmbeddedBus({ db: connect(t, url), logger: recordingLogger().logger, pollMs: 50, batchSize: 50 })
  })
})
