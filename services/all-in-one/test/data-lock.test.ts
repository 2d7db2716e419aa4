import { join } from 'node:path'
import { StartError } from '@crm/service-kit/shutdown/start-error.ts'
import t from 'tap'
import { lockDataFolder } from '../src/data-lock.ts'

t.test('a data folder that cannot be had is one line that says why and which variable names another', (t) => {
  const inUse = t.testdir({ file: '' })
  const release = lockDataFolder(inUse)
  const running = `it is running already on ${inUse} as process ${process.pid}: stop that one first, or set DATA_DIR to another folder`
  t.throws(() => lockDataFolder(inUse), new StartError(running))
  release()
  lockDataFolder(inUse)()

  const impossible = join(inUse, 'file/data')
  const unusable = `${impossible} cannot be made or written: see that you may write to it, or set DATA_DIR to another folder`
  t.throws(() => lockDataFolder(impossible), new StartError(unusable))
  t.end()
})
