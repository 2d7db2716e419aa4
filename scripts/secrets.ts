import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { writeSecrets } from './secrets/write-secrets.ts'

const standardFolder = join(import.meta.dirname, '..', 'docker', 'secrets')

try {
  const { positionals } = parseArgs({ allowPositionals: true })
  if (positionals.length > 1) throw new Error('pnpm secrets takes a folder, docker/secrets by default, and nothing more')
  const folder = resolve(positionals[0] ?? standardFolder)
  const { made, kept } = writeSecrets(folder)
  if (made.length > 0) console.log(`Made in ${folder}: ${made.join(', ')}`)
  if (kept.length > 0) console.log(`Kept: ${kept.join(', ')}`)
  console.log(`The first administrator's password is in ${join(folder, 'bootstrap_admin_password')}.`)
} catch (error) {
  console.error(`pnpm secrets: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
