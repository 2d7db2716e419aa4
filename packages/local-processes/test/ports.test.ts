import { createServer } from 'node:net'
import t from 'tap'
import { findFreePort, isPortFree } from '../src/ports.ts'

t.test('a taken port is passed over', async (t) => {
  const listener = createServer()
  const taken = await findFreePort(24_000)
  await new Promise<void>((resolve) => listener.listen(taken, '127.0.0.1', resolve))
  t.teardown(() => listener.close())
  t.equal(await isPortFree(taken), false)
  t.ok((await findFreePort(taken)) > taken)
})

t.test('a port under the ephemeral range is found or none', async (t) => {
  await t.rejects(findFreePort(32_768), { message: /No free port/ })
})
