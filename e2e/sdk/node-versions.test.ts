import { delimiter, join } from 'node:path'
import { acmeWest, isolatedEnvironment, startAllInOne, west } from '@crm/testing/all-in-one.ts'
import { runCommand } from '@crm/testing/commands.ts'
import { installPackedSdk } from '@crm/testing/packed-sdk.ts'
import t from 'tap'

// It packs and installs, and may fetch two more Nodes.
t.setTimeout(600_000)

const isCompulsory = process.env.CI === 'true'
const { folder } = await installPackedSdk(t)
const { userUrl: user, crmUrl: crm } = await startAllInOne(t, await isolatedEnvironment(t))

const nodes: [number, string | undefined][] = []
for (const major of [20, 22, 24]) nodes.push([major, await nodeOfMajor(major)])

for (const [major, node] of nodes) {
  const skip = node === undefined && !isCompulsory && `no Node ${major}, and none to be fetched`
  t.test(`the package as it is published runs on Node ${major}`, { skip }, async (t) => {
    if (node === undefined) return t.fail(`Node ${major} is neither on the PATH nor to be fetched`)
    const input = JSON.stringify({ user, crm, userId: west, companyId: acmeWest })
    const { ok, stdout, stderr } = await runCommand(node, ['program.mjs', input], folder)
    t.ok(ok, stderr)
    if (ok) t.match(JSON.parse(stdout), { node: new RegExp(`^${major}\\.`), status: 'CONTACTED' })
    const required = await runCommand(node, ['-p', 'typeof require("@crm/sdk").createCrmClient'], folder)
    t.match(required, { ok: true, stdout: 'function\n' }, 'CommonJS may require it')
  })
}

/** A Node of this major version: one on the PATH, else the registry's; undefined when there is none. */
async function nodeOfMajor(major: number): Promise<string | undefined> {
  const candidates = [process.execPath, ...(process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'node'))]
  for (const node of new Set(candidates)) {
    const { ok, stdout } = await runCommand(node, ['--version'], folder)
    if (ok && stdout.startsWith(`v${major}.`)) return node
  }
  const args = ['-y', '--prefer-offline', '--fetch-retries=0', '-p', `node@${major}`, 'node', '-p', 'process.execPath']
  const { ok, stdout } = await runCommand('npx', args, folder)
  return ok ? stdout.trim() : undefined
}
