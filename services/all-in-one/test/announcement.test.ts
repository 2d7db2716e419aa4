import t from 'tap'
import { sampleUsers } from 'user-service/sample-data/sample-data.ts'
import { announcement } from '../src/announcement.ts'
import { loadAllInOneConfig } from '../src/config.ts'

const facts = { dataDir: '/srv/data', postgresPort: 15_433, seconds: 1.26 }
const env = { GATEWAY_URL: 'http://127.0.0.1:9000', CRM_SERVICE_URL: 'http://127.0.0.1:9001', USER_SERVICE_URL: 'http://127.0.0.1:9002' }

t.test('it says where everything is, who may sign in, and what to try', async (t) => {
  const text = announcement({ config: loadAllInOneConfig(env), ...facts })
  for (const part of [
    'ready in 1.3 s',
    'http://127.0.0.1:9000/docs',
    'http://127.0.0.1:9001/docs',
    'http://127.0.0.1:9002/docs',
    '/srv/data',
    '127.0.0.1:15433',
  ]) {
    t.match(text, part)
  }
  for (const { email, password, id } of sampleUsers) {
    t.match(text, new RegExp(`${email.replaceAll('.', '\\.')} / ${password} .* x-user-id: ${id}`))
  }
  t.match(text, 'curl -s http://127.0.0.1:9000/v1/auth/login ')
  t.match(text, 'curl -s http://127.0.0.1:9000/v1/leads -H "authorization: Bearer $token"')
})

t.test('without sample data it names no account that is not there', async (t) => {
  const text = announcement({ config: loadAllInOneConfig({ ...env, SEED_SAMPLE_DATA: 'false' }), ...facts })
  t.match(text, 'The CRM runs')
  t.notMatch(text, 'x-user-id')
  t.notMatch(text, '@crm.com')
})
