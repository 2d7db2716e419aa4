import type { Logger } from 'pino'

/** Something that was started. */
export interface Part {
  name: string
  stop: () => unknown
}

/**
 * Stops the parts in the reverse order of their start. One that fails is logged and keeps no other from being stopped; resolves to
 * the failures.
 */
export async function stopParts(parts: readonly Part[], logger: Logger): Promise<unknown[]> {
  const failures: unknown[] = []
  for (const { name, stop } of parts.toReversed()) {
    try {
      await stop()
    } catch (error) {
      logger.error({ err: error, part: name }, `${name} could not be stopped cleanly`)
      failures.push(error)
    }
  }
  return failures
}
