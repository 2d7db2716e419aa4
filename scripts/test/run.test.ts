import { execFile } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { root } from '../steps.ts'

interface Ended {
  code: number
  stdout: string
  stderr: string
}

/** Runs node; with a version, as if it were that one. */
function node(args: string[], { version, env = {} }: { version?: string; env?: Record<string, string> } = {}): Promise<Ended> {
  const pretence = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
  const pretend = version === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(pretence)}`]
  const { npm_lifecycle_event: _, ...inherited } = process.env
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...pretend, ...args], { env: { ...inherited, ...env } }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr })
    })
  })
}

const start = join(root, 'scripts/start.mjs')
const run = join(root, 'scripts/run.mjs')

t.test('an older Node is told in one line what to type', async (t) => {
  for (const version of ['18.0.0', '20.20.2', '24.0.0']) {
    t.same(
      await node([start], { version }),
      {
        code: 1,
        stdout: '',
        stderr: `This needs Node.js 24.4.0 or newer and found ${version}. Type: npx -y -p node@24 -p pnpm@12 pnpm start\n`,
      },
      version,
    )
  }
  const { stderr } = await node([run, 'scripts/test.ts', 'e2e'], { version: '22.1.0', env: { npm_lifecycle_event: 'test' } })
  t.match(stderr, /Type: npx -y -p node@24 -p pnpm@12 pnpm test e2e\n$/)
})

t.test('a script sees its own arguments and runs in the same process', async (t) => {
  const folder = t.testdir({
    'show.ts': 'const shown: unknown = [process.argv.slice(1), process.pid]\nconsole.log(JSON.stringify(shown))\n',
  })
  const script = join(folder, 'show.ts')
  const child = execFile(process.execPath, [run, script, '--check', 'x'])
  let output = ''
  child.stdout?.on('data', (chunk) => {
    output += chunk
  })
  await new Promise((resolve) => child.once('close', resolve))
  t.same(JSON.parse(output), [[script, '--check', 'x'], child.pid])
})
