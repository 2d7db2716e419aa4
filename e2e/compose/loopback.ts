import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type ComposeFile, fixedAddresses } from './compose-file.ts'

const secretsInContainer = '/run/secrets'
const listening = '0.0.0.0'
const loopback = '127.0.0.1'
const portVariables = ['PORT', 'ADMIN_PORT']

/** Where on loopback each `host:port` of the containers' networks is. */
export type Places = ReadonlyMap<string, string>

/** The ports that a process listens on, the one for its callers first. */
export function portsOf(compose: ComposeFile, service: string): string[] {
  const { environment = {} } = compose.services[service] ?? {}
  return portVariables.flatMap((variable) => (environment[variable] === undefined ? [] : [String(environment[variable])]))
}

/** The text with loopback in place of every address in the containers' networks. */
export function onLoopback(text: string, compose: ComposeFile, places: Places): string {
  let mapped = text
  for (const [address, place] of places) {
    const exactly = new RegExp(String.raw`(?<![\w.-])${address.replaceAll('.', String.raw`\.`)}(?!\d)`, 'g')
    mapped = mapped.replaceAll(exactly, place)
  }
  for (const address of fixedAddresses(compose)) mapped = mapped.replaceAll(address, loopback)
  return mapped
}

/** A service's environment as docker-compose.yml has it, but for where processes listen and reach each other, and where secrets are. */
export function environmentOnLoopback(compose: ComposeFile, service: string, { places, secrets }: { places: Places; secrets: string }) {
  const entries = Object.entries(compose.services[service]?.environment ?? {}).map(([name, value]) => {
    const text = String(value)
    if (portVariables.includes(name)) return [name, places.get(`${service}:${text}`)?.split(':')[1] ?? '']
    if (text === listening) return [name, loopback]
    return [name, onLoopback(text.replace(`${secretsInContainer}/`, `${secrets}/`), compose, places)]
  })
  return Object.fromEntries(entries) as Record<string, string>
}

/** Gives a service the secrets that docker-compose.yml gives it, and no others, in a folder of its own; resolves to that folder. */
export function mountSecrets(
  compose: ComposeFile,
  service: string,
  { from, to, places }: { from: string; to: string; places: Places },
): string {
  mkdirSync(to, { recursive: true })
  for (const name of compose.services[service]?.secrets ?? []) {
    const file = join(from, basename(compose.secrets[name]?.file ?? ''))
    const target = join(to, name)
    cpSync(file, target)
    // Those that are connection strings name a host.
    writeFileSync(target, onLoopback(readFileSync(file, 'utf8'), compose, places))
  }
  return to
}
