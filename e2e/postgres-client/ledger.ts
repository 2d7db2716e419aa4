import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { options, reached, usable } from './pool.ts'

/** Pairs of rows written in one transaction: a pair is whole or absent, and whole when its transaction reported success. */
export async function openLedger(url: string) {
  const observer = postgres(url, { ...options, max: 1 })
  await observer`create table ledger (id uuid, side int)`
  const reported: string[] = []
  return {
    async bookTwice(sql: postgres.Sql) {
      const id = randomUUID()
      await sql.begin(async (tx) => {
        await tx`insert into ledger values (${id}, 1)`
        await tx`insert into ledger values (${id}, 2)`
      })
      reported.push(id)
    },
    async audit() {
      await reached(async () => await usable(observer))
      const pairs = await observer<{ id: string; sides: number }[]>`select id, count(*)::int as sides from ledger group by id`
      const whole = new Set(pairs.filter(({ sides }) => sides === 2).map(({ id }) => id))
      return { halfBooked: pairs.length - whole.size, reportedButAbsent: reported.filter((id) => !whole.has(id)).length }
    },
  }
}
