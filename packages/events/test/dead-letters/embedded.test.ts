import { createTestDatabase, migrationsFolder } from '@crm/testing/database.ts'
import t from 'tap'
import { createEmbeddedBus } from '../../src/bus/embedded/embedded-bus.ts'
import { connect } from '../fixtures/databases.ts'
import { recordingLogger } from '../fixtures/logger.ts'
import { deadLetterOperation } from './operation.ts'

t.test('dead letters on the embedded bus', async (t) => {
  await deadLetterOperation(t, async (t) => {
    const { url } = await createTestDatabase(t, { migrations: migrationsFolder('bus_db') })
    const bus = createEmbeddedBus({ db: connect(t, url), logger: recordingLogger().logger })
    t.teardown(() => bus.close())
    return bus
  })
})
