import { requireNode } from './node-version.mjs'

requireNode('pnpm start')
await import('./fast-imports.mjs')
// In this very process: Ctrl-C and SIGTERM must reach the system, and nobody else.
await import('../services/all-in-one/src/server.ts')
