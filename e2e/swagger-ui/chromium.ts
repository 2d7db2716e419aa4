import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome']

/** The browser of this machine, or undefined. In CI its absence is an error: there the tests that need it must run. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path))
  if (found === undefined && process.env.CI === 'true') throw new Error('CI has no Chromium: .ci/run installs it')
  return found
}
