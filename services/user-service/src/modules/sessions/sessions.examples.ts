/** The session of somebody who logged in by a browser. */
export const exampleSession = {
  id: '01980000-0000-7000-8000-000000005e55',
  kind: 'cookie',
  address: '203.0.113.7',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  isCurrent: true,
  createdAt: '2026-01-31T09:30:00.000Z',
  refreshedAt: '2026-01-31T11:45:00.000Z',
  expiresAt: '2026-03-02T11:45:00.000Z',
}
