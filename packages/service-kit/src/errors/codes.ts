/**
 * Every `code` a problem may carry, with its HTTP status and title. Clients branch on the code;
 * adding one is a compatible change, changing or removing one is not.
 */
export const problemCodes = {
  validation_failed: { status: 400, title: 'The request is not valid' },
  malformed_request: { status: 400, title: 'The request is not well-formed HTTP' },
  malformed_body: { status: 400, title: 'The request body is not well-formed JSON' },
  invalid_cursor: { status: 400, title: 'The cursor does not belong to this request' },
  unauthenticated: { status: 401, title: 'The caller is not known' },
  invalid_credentials: { status: 401, title: 'The credentials are wrong' },
  forbidden: { status: 403, title: 'The caller may not do this' },
  not_found: { status: 404, title: 'No such resource' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  lead_already_exists: { status: 409, title: 'The company already has a lead with this email' },
  email_already_exists: { status: 409, title: 'A user with this email already exists' },
  idempotency_in_progress: { status: 409, title: 'A request with this Idempotency-Key is still running' },
  precondition_failed: { status: 412, title: 'The record has changed since it was read' },
  body_too_large: { status: 413, title: 'The request body is too large' },
  unsupported_media_type: { status: 415, title: 'The request body has an unsupported content type' },
  misdirected_request: { status: 421, title: 'The Host of the request is not served here' },
  company_not_found: { status: 422, title: 'The company does not exist' },
  company_inactive: { status: 422, title: 'The company is inactive' },
  invalid_status_transition: { status: 422, title: 'The status cannot be set by hand' },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key was used for another request' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The request headers are too large' },
  internal_error: { status: 500, title: 'Something went wrong' },
  dependency_unavailable: { status: 503, title: 'A service this request needs is unavailable' },
  unavailable: { status: 503, title: 'The service cannot answer now' },
  dependency_timeout: { status: 504, title: 'A service this request needs did not answer in time' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof problemCodes
