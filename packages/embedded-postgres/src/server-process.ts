import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { childrenOf, findProcess } from './process-table.ts'

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

const fastShutdownMs = 20_000
const immediateShutdownMs = 5_000

/** A fast shutdown; an immediate one when that takes longer than 20 s, and then a kill. Resolves when the server is gone. */
export async function stopServer(server: ChildProcess, exited: Promise<Exit>): Promise<void> {
  server.kill('SIGINT')
  const immediate = setTimeout(() => server.kill('SIGQUIT'), fastShutdownMs)
  const kill = setTimeout(() => server.kill('SIGKILL'), fastShutdownMs + immediateShutdownMs)
  await exited
  clearTimeout(immediate)
  clearTimeout(kill)
}

/** Kills the postmaster and its children together, as a crash would, and resolves when none is left. */
export async function killServer(server: ChildProcess, pid: number, exited: Promise<Exit>): Promise<void> {
  // Halted first, it forks no child that the list would miss. Children lead sessions of their own, so no group holds them all.
  server.kill('SIGSTOP')
  const children = server.exitCode === null && server.signalCode === null ? childrenOf(pid) : []
  server.kill('SIGKILL')
  for (const child of children) killIfThere(child)
  await exited
  while (children.some((child) => findProcess(child)?.state === 'running')) await sleep(10)
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself, as children of a dead postmaster do.
  }
}
