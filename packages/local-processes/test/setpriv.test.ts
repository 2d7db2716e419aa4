import { spawnSync } from 'node:child_process'
import { access, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'

const linuxOnly = process.platform === 'linux' ? {} : { skip: 'only Linux has setpriv' }

t.test('setpriv is found where it can be run, on any folder of the PATH, and is not run for it', linuxOnly, async (t) => {
  const programs = await mkdtemp(join(tmpdir(), 'crm-setpriv-'))
  t.teardown(() => rm(programs, { recursive: true }))
  const path = `${join(programs, 'none-such')}:${programs}`
  t.equal(found(path), 'false', 'a folder without it')

  const setpriv = join(programs, 'setpriv')
  await writeFile(setpriv, `#!/bin/sh\necho started > ${join(programs, 'started')}\n`, { mode: 0o755 })
  t.equal(found(path), 'true')
  await t.rejects(access(join(programs, 'started')), { code: 'ENOENT' }, 'nothing ran it')

  // Root may run whatever anybody may.
  await chmod(setpriv, 0o644)
  t.equal(found(path), 'false', 'a file that is no program')
  t.equal(found(undefined), 'false', 'no PATH at all')
})

/** What a process with this PATH finds. */
function found(path: string | undefined): string {
  const module = new URL('../src/setpriv.ts', import.meta.url)
  const program = `import { hasSetpriv } from '${module}'; process.stdout.write(String(hasSetpriv()))`
  const env = path === undefined ? {} : { PATH: path }
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program], { env, encoding: 'utf8' }).stdout
}
