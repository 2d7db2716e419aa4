import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

export interface ProcessEntry {
  pid: number
  parent: number
  /** A zombie has ended but its parent has not fetched its exit status yet; signals to it still succeed. */
  state: 'running' | 'zombie'
  /** The program's name without its folder. */
  program: string
}

/** One process, or undefined when there is none with this id. */
export function findProcess(pid: number): ProcessEntry | undefined {
  return process.platform === 'linux' ? readProc(pid) : readPs().find((entry) => entry.pid === pid)
}

/** Direct children of a process, by process id. */
export function childrenOf(pid: number): number[] {
  const entries = process.platform === 'linux' ? readProcesses() : readPs()
  return entries.filter((entry) => entry.parent === pid).map((entry) => entry.pid)
}

/** The working folder of a process; undefined when it is gone or belongs to another user, or where the system does not tell. */
export function workingFolder(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

function readProcesses(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProc(Number(name)) ?? [])
}

function readProc(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    const nameEnd = stat.lastIndexOf(')')
    const [state, parent] = stat.slice(nameEnd + 2).split(' ')
    const program = stat.slice(stat.indexOf('(') + 1, nameEnd)
    return { pid, parent: Number(parent), state: state === 'Z' || state === 'X' ? 'zombie' : 'running', program }
  } catch {
    return undefined
  }
}

function readPs(): ProcessEntry[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,comm='], { encoding: 'utf8' })
  return table.split('\n').flatMap((line) => {
    const [pid, parent, state, ...command] = line.trim().split(/\s+/)
    if (state === undefined) return []
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        state: state.startsWith('Z') ? 'zombie' : 'running',
        program: basename(command.join(' ')),
      },
    ]
  })
}
