import t from 'tap'
import { createLogger } from '../../src/logging/logger.ts'

function recorder() {
  const lines: string[] = []
  const logger = createLogger({ name: 'crm-service', level: 'info', destination: { write: (line) => void lines.push(line) } })
  return { logger, lines }
}

t.test('a line is one JSON object with its service, level by name and ISO time', async (t) => {
  const { logger, lines } = recorder()
  logger.info({ leadId: '1' }, 'lead\ncreated')
  logger.debug('below the level')
  t.equal(lines.length, 1)
  const line = JSON.parse(lines[0] ?? '')
  t.match(line, { service: 'crm-service', level: 'info', leadId: '1', msg: 'lead\ncreated' })
  t.equal(new Date(line.time).toISOString(), line.time)
})

t.test('credentials never reach a line', async (t) => {
  const secrets = { authorization: 'S3CRET', cookie: 'S3CRET', password: 'S3CRET', currentPassword: 'S3CRET', newPassword: 'S3CRET' }
  const { logger, lines } = recorder()
  logger.info(secrets)
  logger.info({ headers: { ...secrets, 'set-cookie': ['S3CRET'] }, body: secrets })
  logger.info({ req: { headers: secrets, body: secrets }, res: { headers: { 'set-cookie': 'S3CRET' } } })
  logger.child({ headers: secrets }).warn('from a child')
  t.equal(lines.length, 4)
  t.notMatch(lines.join(''), 'S3CRET')
  t.match(lines.join(''), '"authorization":"[redacted]"')
})

t.test('logging leaves the logged object as it was', async (t) => {
  const { logger } = recorder()
  const body = { password: 'S3CRET' }
  logger.info({ body })
  t.equal(body.password, 'S3CRET')
})
