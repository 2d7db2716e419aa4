// Connection faults of the client, and SQLSTATE classes that say the server, not the statement, was at fault:
// 08 connection exception, 53 insufficient resources, 57P0x operator intervention (shutdown, crash, starting up).
const clientFaults = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
])
const serverFault = /^(08|53|57P0)/

// A statement ended by its limit (or by an operator), a lock that was not had in time.
const limitCodes = new Set(['57014', '55P03'])

/** Whether an error means that the database could not be reached or gave up the connection, so that the same statement may work later. */
export function databaseOutage(error: unknown): boolean {
  return codesOf(error).some((code) => clientFaults.has(code) || serverFault.test(code))
}

/** Whether the database answers, but ended the statement by its limit of time. No outage: the same statement may take as long the next time. */
export function timeLimitExceeded(error: unknown): boolean {
  return codesOf(error).some((code) => limitCodes.has(code))
}

function codesOf(error: unknown): string[] {
  const codes: string[] = []
  for (let cause = error; cause instanceof Error; cause = cause.cause) if ('code' in cause) codes.push(String(cause.code))
  return codes
}
