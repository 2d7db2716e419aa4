import postgres from 'postgres'
import { options, reached } from './pool.ts'
import type { Counts } from './settle.ts'

export function terminateRepeatedly(url: string): (counts: Counts) => Promise<void> {
  return async (counts) => {
    for (let round = 0; round < 10; round++) {
      const before = counts.fulfilled
      await reached(() => counts.fulfilled > before + 30)
      await terminateAll(url)
    }
  }
}

const application = 'client-test-control'

export async function terminateAll(url: string): Promise<void> {
  await control(
    url,
    (sql) => sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name <> ${application}`,
  )
}

export async function backendsGone(url: string): Promise<void> {
  await control(url, (sql) =>
    reached(async () => {
      const others = await sql`select from pg_stat_activity where datname = current_database() and application_name <> ${application}`
      return others.length === 0
    }),
  )
}

async function control(url: string, work: (sql: postgres.Sql) => PromiseLike<unknown>): Promise<void> {
  const sql = postgres(url, { ...options, max: 1, connection: { application_name: application } })
  await work(sql)
  await sql.end()
}
