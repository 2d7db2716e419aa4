import type { TokenSigner } from '@crm/testing/tokens/token-signer.ts'
import type { Test } from 'tap'
import { type Door, doorsOf, learnViews, shows, type Viewers } from './doors.ts'
import { type Kind, tryKinds } from './kinds.ts'
import { inSession, logIn, type Session, send } from './sessions.ts'
import { type IdentityOptions, type IdentitySystem, people, publishedSigner, startIdentitySystem } from './system.ts'

/** The system with two users of different trees, who see nothing of each other: west, who attacks, and global, whom west would be. */
export interface Ring {
  system: IdentitySystem
  signer: TokenSigner
  doors: Door[]
  viewers: Viewers
  west: Session
  global: Session
}

export async function startRing(t: Test, options?: IdentityOptions): Promise<Ring> {
  const system = await startIdentitySystem(t, options)
  const signer = await publishedSigner(system)
  const { gateway } = system.urls
  const [west, global] = [await logIn(gateway, people.west), await logIn(gateway, people.global)]
  const doors = doorsOf(system)
  await createLead(gateway, west, people.west.companyId)
  await createLead(gateway, global, people.global.companyId)
  return { system, signer, doors, viewers: await learnViews(doors, { west, global }), west, global }
}

async function createLead(url: string, session: Session, companyId: string): Promise<void> {
  const body = { name: 'Leonie', email: 'leonie@example.com', companyId }
  const { status } = await send('POST', `${url}/v1/leads`, { headers: inSession(session), body })
  if (status !== 201) throw new Error(`the lead was answered ${status}`)
}

/** Good tokens are taken at each door, each for its own user, while what was tried before was not. */
export async function standsOpen(t: Test, { doors, viewers, west, global }: Ring): Promise<void> {
  const kinds = Object.entries({ west, global }).map(
    ([name, { accessToken, userId }]): Kind => ({
      what: `the good token of ${name}`,
      at: (door) => ({ lines: shows(door, `Bearer ${accessToken}`, userId) }),
      mayBe: { gateway: name, service: name },
    }),
  )
  await tryKinds(t, { kinds, doors, viewers })
}
