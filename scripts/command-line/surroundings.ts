import type { RunningSystem } from '../running-system.ts'
import type { Screen } from './screen.ts'

/** Where an operator's command finds what it works on, and writes to. */
export interface Surroundings {
  env: NodeJS.ProcessEnv
  screen: Screen
  /** The system that runs on the data folder, for what the environment does not name; left out where there can be none. */
  findSystem?: ((env: NodeJS.ProcessEnv) => RunningSystem) | undefined
}

/** Does what the arguments say and resolves to the exit code: 0, 1 for what cannot be done, 2 for what was mistyped. Never rejects. */
export type OperatorsCommand = (args: readonly string[], surroundings: Surroundings) => Promise<number>
