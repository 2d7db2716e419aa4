import t from 'tap'
import { migrateService, nodeOptions, serviceCommand, startService, untilHealthy } from '../src/service-processes.ts'

t.test('a service runs as its package.json says, without what the test runner imports', async (t) => {
  const { command, args, cwd, env } = serviceCommand({
    service: 'crm-service',
    script: 'start:worker',
    env: { ADMIN_PORT: '0' },
    preload: '/p.ts',
  })
  t.equal(command, process.execPath)
  t.strictSame(args, ['--import', '/p.ts', 'src/worker.ts'])
  t.match(cwd, /services\/crm-service$/)
  t.match(env, { ADMIN_PORT: '0', LOG_LEVEL: 'warn', NODE_OPTIONS: nodeOptions })
  t.throws(() => serviceCommand({ service: 'crm-service', script: 'no-such', env: {} }), {
    message: 'crm-service no-such is no call of node',
  })
})

t.test('a migration or a start that fails is reported with what it said', async (t) => {
  await t.rejects(migrateService(t, 'crm-service', 'postgres://127.0.0.1:1/none'), {
    message: /crm-service migrate ended with 1: .*ECONNREFUSED/s,
  })
  const service = await startService(t, { service: 'crm-service', script: 'start', env: { PORT: 'eighty' } })
  await t.rejects(untilHealthy(service, 'http://127.0.0.1:1'), { message: /ended before it was healthy: .*PORT must be/s })
})
