/**
 * What browsers are told of answers that are data: nothing in them is to be run, shown in a frame or loaded by another site (OWASP, REST
 * Security Cheat Sheet). They are the same for every request, and worked out for none.
 */
export const dataHeaders = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const
