/** Of the connection and of the form of what it carries. */
const ofConnection = ['connection', 'content-length', 'content-type', 'date', 'keep-alive', 'transfer-encoding']

/** What browsers are told of any answer of the gateway. */
const ofSecurity = [
  'content-security-policy',
  'cross-origin-resource-policy',
  'referrer-policy',
  'strict-transport-security',
  'x-content-type-options',
  'x-frame-options',
]

/** Of the gateway's limits: documented where a request was done or refused by them, sent with every answer. */
const ofRateLimits = ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset']

const ordinary = new Set([...ofConnection, ...ofSecurity, ...ofRateLimits])

/** Whether an answer may have a header that the document of its operation does not name. That a problem is not to be kept goes without saying. */
export function isOrdinary(name: string, status: number): boolean {
  return ordinary.has(name) || (name === 'cache-control' && status >= 400)
}
