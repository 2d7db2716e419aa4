import { isLoopback } from '@crm/service-kit/config/auth-mode.ts'
import { connectDatabase } from '@crm/service-kit/database/database.ts'
import { StartError } from '@crm/service-kit/shutdown/start-error.ts'
import { findPublishedPasswords } from 'user-service/sample-data/published-passwords.ts'
import type { Address } from './service-addresses.ts'

/**
 * Throws a StartError when the gateway would be reached from elsewhere while sample users of an earlier start, whose passwords everybody
 * knows, can log in.
 */
export async function assertMayBeReached({ host, variable }: Address, userDatabaseUrl: string): Promise<void> {
  if (isLoopback(host)) return
  const db = connectDatabase({ url: userDatabaseUrl, maxConnections: 1, applicationName: 'all-in-one' })
  try {
    const emails = await findPublishedPasswords(db)
    if (emails.length === 0) return
    throw new StartError(
      `${variable} beyond loopback is refused while everybody knows the passwords of ${emails.join(', ')}: ` +
        'change them or deactivate these users, or start with another DATA_DIR and BOOTSTRAP_ADMIN_EMAIL',
    )
  } finally {
    await db.close()
  }
}
