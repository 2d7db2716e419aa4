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

/** Whether an error means that the database could not be reached or gave up the connection, so that the same statement may work later. */
export function databaseOutage(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? String(cause.code) : ''
    if (clientFaults.has(code) || serverFault.test(code)) return true
  }
  return false
}
