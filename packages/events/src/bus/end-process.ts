/** Thrown where nobody catches it: the process logs it as fatal, closes and exits, and its supervisor starts another. */
export function endProcess(error: Error): void {
  setImmediate(() => {
    throw error
  })
}
