import { StartError } from '../shutdown/start-error.ts'

/** The environment does not describe a process that may start; one line names every wrong variable and never shows a secret. */
export class ConfigError extends StartError {
  constructor(problems: readonly string[]) {
    super(problems.join('; '))
    this.name = 'ConfigError'
  }
}
