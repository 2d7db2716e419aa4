import { readFile } from 'node:fs/promises'
import { childrenOf } from '@crm/embedded-postgres/process-table.ts'

// What sysconf(_SC_CLK_TCK) says on every Linux that Node runs on.
const clockTicksPerSecond = 100

/** Seconds of processor time a process has used so far, in user and kernel mode, children excepted. Linux only. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // Counted behind the program's name, which may itself hold spaces: utime and stime are fields 14 and 15 of the whole line.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond
}

export interface TreeMemory {
  /** The process itself, in MB (2^20 bytes). */
  root: number
  /** All its descendants together, in MB. */
  descendants: number
  total: number
}

/** Proportional set size of a process and its descendants: pages that several share are counted once. Linux only. */
export async function treeMemory(pid: number): Promise<TreeMemory> {
  const root = await proportionalSetSize(pid)
  const sizes = await Promise.all(descendantsOf(pid).map(proportionalSetSize))
  const descendants = sizes.reduce((sum, size) => sum + size, 0)
  return { root, descendants, total: root + descendants }
}

function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)])
}

async function proportionalSetSize(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]
  if (kilobytes === undefined) throw new Error(`The kernel does not tell the proportional set size of process ${pid}`)
  return Number(kilobytes) / 1024
}
