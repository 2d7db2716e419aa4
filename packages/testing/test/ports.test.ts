import { createServer } from 'node:net'
import t from 'tap'
import { freePort, freePorts } from '../src/ports.ts'

t.test('a free port can be listened on and lies under the ephemeral range', async (t) => {
  const port = await freePort()
  t.ok(port >= 20_000 && port < 32_768)
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(port, '127.0.0.1', resolve))
  server.close()
})

t.test('several ports are all different', async (t) => {
  t.equal(new Set([...(await freePorts(20)), ...(await freePorts(20))]).size, 40)
})
