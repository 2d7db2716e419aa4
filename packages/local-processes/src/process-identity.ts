import { readFileSync } from 'node:fs'

const unknownStart = '0'

/** Tells this process from every other, also from a later one with the same id; free of characters that a file name may not have. */
export function ownIdentity(): string {
  return `${process.pid}-${startOf(process.pid) ?? unknownStart}`
}

/** The process id of an identity that ownIdentity made, if that very process lives; where the system does not tell, any with its id. */
export function livePid(identity: string): number | undefined {
  const [, id, start] = /^(\d+)-(\d+)$/.exec(identity) ?? []
  if (id === undefined) return undefined
  const pid = Number(id)
  const current = startOf(pid)
  return current !== undefined && [current, unknownStart].includes(start ?? '') ? pid : undefined
}

// Clock ticks since boot where /proc tells. Undefined when nobody has the id, or only a zombie.
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in parentheses and may itself hold both; the state follows it, the start is the 22nd.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return exists(pid) ? unknownStart : undefined
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
