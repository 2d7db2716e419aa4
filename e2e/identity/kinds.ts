import type { Test } from 'tap'
import { type Attempt, attemptAt, type Door, type Viewers } from './doors.ts'

export interface Kind {
  /** Unlike that of any other kind. */
  what: string
  /** What is sent at a door; undefined where the kind means nothing. */
  at(door: Door): Omit<Attempt, 'what'> | undefined
  /** On whose behalf it may be answered, by the kind of door; nobody's by default. */
  mayBe?: { [kind in Door['kind']]?: string }
}

export interface KindCount {
  kinds: number
  attempts: number
  /** Those that were answered on behalf of somebody who may not have it. */
  accepted: number
}

/** Sends each kind through each door, and counts. An answer that is neither a refusal nor as it may be fails the test. */
export async function tryKinds(t: Test, { kinds, doors, viewers }: { kinds: Kind[]; doors: Door[]; viewers: Viewers }): Promise<KindCount> {
  const count: KindCount = { kinds: new Set(kinds.map(({ what }) => what)).size, attempts: 0, accepted: 0 }
  t.equal(count.kinds, kinds.length, 'no two kinds are one')
  for (const { what, at, mayBe = {} } of kinds) {
    for (const door of doors) {
      const attempt = at(door)
      if (attempt === undefined) continue
      const expected = mayBe[door.kind] ?? 'nobody'
      const viewer = viewers.of(door, await attemptAt(door, { what, ...attempt }))
      count.attempts++
      if (viewer !== 'nobody' && viewer !== expected) count.accepted++
      t.equal(viewer, expected, `${what}, at ${door.name}`)
    }
  }
  return count
}
