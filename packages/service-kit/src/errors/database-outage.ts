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

// A statement ended by its limit (or by an operator), a lock that was not had in time, or not at all (a deadlock), and a serialization
// failure. Of the last two nothing is left: the transaction has been rolled back for another one's sake.
const givenUpCodes = new Set(['57014', '55P03', '40P01', '40001'])

/** Whether an error means that the database could not be reached or gave up the connection, so that the same statement may work later. */
export function databaseOutage(error: unknown): boolean {
  return codesOf(error).some((code) => clientFaults.has(code) || serverFault.test(code))
}

/**
 * Whether the database answers, but gave the statement up: by its limit of time, or because another transaction was in the way. No outage:
 * the same request may work when it is sent again, and may also meet the same again.
 */
export function statementGivenUp(error: unknown): boolean {
  return codesOf(error).some((code) => givenUpCodes.has(code))
}

function codesOf(error: unknown): string[] {
  const codes: string[] = []
  for (let cause = error; cause instanceof Error; cause = cause.cause) if ('code' in cause) codes.push(String(cause.code))
  return codes
}
