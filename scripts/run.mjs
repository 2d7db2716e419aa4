import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { requireNode } from './node-version.mjs'

const [script, ...args] = process.argv.slice(2)
if (script === undefined) {
  console.error('Usage: node scripts/run.mjs <script.ts> [arguments]')
  process.exit(1)
}
const pnpmScript = process.env.npm_lifecycle_event
requireNode(['pnpm', pnpmScript ?? `exec node scripts/run.mjs ${script}`, ...args].join(' '))

// The script sees the same process.argv as if it had been started itself.
process.argv.splice(1, process.argv.length, resolve(script), ...args)
await import(pathToFileURL(resolve(script)).href)
