import { readFileSync } from 'node:fs'

/**
 * Ends the process with one line saying what to type when Node is older than package.json asks for.
 * Plain JavaScript, and its importers too, so that an old Node gets this far.
 * @param {string} command what to run once the right Node is on the PATH
 */
export function requireNode(command) {
  const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const wanted = engines.node.replace('>=', '')
  const [major, minor] = process.versions.node.split('.').map(Number)
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number)
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return
  console.error(`This needs Node.js ${wanted} or newer and found ${process.versions.node}. Type: npx -y -p node@24 -p pnpm@12 ${command}`)
  process.exit(1)
}
