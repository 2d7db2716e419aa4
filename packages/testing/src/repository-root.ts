import { resolve } from 'node:path'

/** The checkout's root, wherever a test was started from. */
export const repositoryRoot = resolve(import.meta.dirname, '../../..')
