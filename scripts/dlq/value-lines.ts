import { shortened, visibleText } from '../../packages/events/src/logging/visible-text.ts'
import { prettyJson } from './pretty-json.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
// Line breaks and tabs belong to text.
const binary = /(?![\n\r\t])\p{Cc}/u
const longestText = 4_096
const dumpedBytes = 512
const bytesPerLine = 16

export interface Shown {
  /** What the bytes are, and how many. */
  what: string
  /** Safe to print. */
  lines: string[]
}

/** Bytes for people: JSON indented, other text as it is up to 4,096 characters, anything else as a hex dump of 512 bytes at most. */
export function shownBytes(bytes: Buffer | null): Shown {
  if (bytes === null) return { what: 'null', lines: [] }
  const size = bytes.length === 1 ? '1 byte' : `${bytes.length} bytes`
  const text = decoded(bytes)
  const json = text === undefined ? undefined : prettyJson(text)
  if (json !== undefined) return { what: `JSON, ${size}`, lines: json.split('\n').map(visibleText) }
  if (text === undefined || binary.test(text)) return { what: size, lines: hexDump(bytes) }
  return { what: `text, ${size}`, lines: text === '' ? [] : shortened(text, longestText).split('\n').map(visibleText) }
}

/** A header's value on one line. */
export function headerLine(bytes: Buffer): string {
  const text = decoded(bytes)
  return text === undefined ? `0x${bytes.toString('hex')}` : visibleText(text)
}

function decoded(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function hexDump(bytes: Buffer): string[] {
  const lines: string[] = []
  for (let at = 0; at < Math.min(bytes.length, dumpedBytes); at += bytesPerLine) {
    const row = bytes.subarray(at, at + bytesPerLine)
    const hex = row.toString('hex').replaceAll(/(..)/g, '$1 ')
    const ascii = row.toString('latin1').replaceAll(/[^\x20-\x7e]/g, '.')
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(bytesPerLine * 3)} ${ascii}`)
  }
  if (bytes.length > dumpedBytes) lines.push(`... and ${bytes.length - dumpedBytes} more`)
  return lines
}
