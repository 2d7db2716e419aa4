import { type Actor, logIn } from '../system/actors.ts'
import { call, type EntryPoint } from '../system/call.ts'
import type { TestData } from '../system/make-test-data.ts'

/** How one SYSTEM_ADMIN removes another, and how that is undone. */
const ways = [
  { how: 'deactivate', change: () => ({ isActive: false }), undo: { isActive: true } },
  {
    how: 'demote',
    change: ({ maker }: TestData) => ({ role: 'CHILD_USER', companyId: maker.companyId('middle') }),
    undo: { role: 'SYSTEM_ADMIN', companyId: null },
  },
]

/**
 * Leaves two active SYSTEM_ADMINs, who then remove each other at the same moment, in each way so many times. A line for each time that did
 * not end with one of them, who then undid it; no further time is tried after it. Afterwards nobody but the two is a SYSTEM_ADMIN.
 */
export async function removeEachOther(testData: TestData, times: number): Promise<string[]> {
  const { system, maker } = testData
  const { userDb } = system
  let pair: [Actor, Actor] = [await maker.actor('middle', 'SYSTEM_ADMIN'), await maker.actor('middle', 'SYSTEM_ADMIN')]
  await userDb`update users set is_active = false where role = 'SYSTEM_ADMIN' and id <> all(${pair.map(({ id }) => id)}::uuid[])`
  for (const { how, change, undo } of Array.from({ length: times }, () => ways).flat()) {
    const [first, second] = pair
    const answers = await Promise.all([
      changeUser(testData, { caller: first, target: second, change: change(testData), entryPoint: 'gateway' }),
      changeUser(testData, { caller: second, target: first, change: change(testData), entryPoint: 'direct' }),
    ])
    const left = await userDb<{ id: string }[]>`select id from users where role = 'SYSTEM_ADMIN' and is_active`
    const said = answers.map(({ status, text }) => `${status} ${status < 300 ? '' : text}`).join(' and ')
    const winner = pair.find(({ id }) => id === left[0]?.id)
    // Whoever was removed a moment before may not, or is nobody any more, or sees only those of the company that is theirs now.
    const isRefused = answers.some(({ status }) => [401, 403, 404].includes(status))
    if (left.length !== 1 || !winner || !isRefused) return [`two who ${how} each other: ${left.length} were left, answered ${said}`]
    const loser = winner === first ? second : first
    const { status, text } = await changeUser(testData, { caller: winner, target: loser, change: undo, entryPoint: 'direct' })
    if (status !== 200) return [`the one who was left could not undo it: ${status} ${text}`]
    pair = [winner, await logIn(system['user-service'], loser)]
  }
  return []
}

interface UserChange {
  caller: Actor
  target: Actor
  change: object
  entryPoint: EntryPoint
}

function changeUser({ system }: TestData, { caller, target, change, entryPoint }: UserChange) {
  const url = entryPoint === 'gateway' ? system.gateway : system['user-service']
  return call(url, { method: 'PATCH', path: `/v1/users/${target.id}`, body: change }, caller, entryPoint)
}
