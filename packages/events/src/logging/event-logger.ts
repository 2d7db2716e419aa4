import type { BaseLogger } from 'pino'

/** What this package logs to; pino's and Fastify's loggers fit. */
export type EventLogger = Pick<BaseLogger, 'debug' | 'info' | 'warn' | 'error'>
