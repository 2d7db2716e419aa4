import { sql } from 'drizzle-orm'
import t from 'tap'
import { AppError } from '../../src/errors/app-error.ts'
import { forgetAnswers, writeOnce } from '../../src/idempotency/idempotent-write.ts'
import { pruneIdempotencyKeys } from '../../src/idempotency/prune.ts'
import { idempotencyKeys } from '../../src/idempotency/schema.ts'
import { companyId, countedWrites, createEffect } from './counted-writes.ts'

t.test('the same request again gets the first answer, byte for byte, and has no second effect', async (t) => {
  const { write, countEffects } = await countedWrites(t)
  const first = await write()
  t.equal(first.replayed, false)
  for (let i = 0; i < 3; i++) {
    const again = await write()
    t.strictSame({ ...again, replayed: false }, first)
    t.equal(JSON.stringify(again.body), JSON.stringify(first.body), 'the order of its members, too')
    t.equal(again.replayed, true)
  }
  t.equal(await countEffects(), 1)
})

t.test('an answer without a body is replayed as one', async (t) => {
  const { write } = await countedWrites(t)
  const work = async () => ({ status: 204 as const, body: null, etag: null, location: null, recordId: companyId, companyId: null })
  await write({}, { work })
  t.match(await write({}, { work }), { status: 204, body: null, etag: null, location: null, replayed: true })
})

t.test('without a key every request has its effect', async (t) => {
  const { db, countEffects, countKeys } = await countedWrites(t)
  for (let i = 0; i < 2; i++) {
    const result = await writeOnce({ db, identity: undefined, work: createEffect, recheck: () => void t.fail('nothing to check anew') })
    t.equal(result.replayed, false)
  }
  t.equal(await countEffects(), 2)
  t.equal(await countKeys(), 0)
})

t.test('the key with another body or If-Match is 422, and has no effect', async (t) => {
  const { write, countEffects } = await countedWrites(t)
  await write()
  for (const other of [{ body: { name: 'Eva' } }, { ifMatch: '"1"' }]) {
    await t.rejects(write(other), { code: 'idempotency_key_reused', status: 422 })
  }
  t.equal(await countEffects(), 1)
  t.equal((await write()).replayed, true, 'the first answer is still there')
})

t.test('another user, method, path or key is another request', async (t) => {
  const { write, countEffects } = await countedWrites(t)
  await write()
  const others = [{ userId: '01980000-0000-7000-8000-00000000000b' }, { method: 'PATCH' }, { path: '/v1/other' }, { key: 'k-2' }]
  for (const other of others) t.equal((await write(other)).replayed, false)
  t.equal(await countEffects(), 5)
})

t.test('20 at once with one key have one effect; the others get its answer or 409, and none waits', async (t) => {
  const { write, countEffects } = await countedWrites(t, 20)
  const settled = await Promise.allSettled(Array.from({ length: 20 }, () => write()))
  const done = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  t.equal(done.filter(({ replayed }) => !replayed).length, 1)
  for (const { body } of done) t.strictSame(body, done[0]?.body)
  for (const outcome of settled) {
    if (outcome.status === 'rejected')
      t.match(outcome.reason, { code: 'idempotency_in_progress', status: 409, headers: { 'retry-after': '1' } })
  }
  t.equal(await countEffects(), 1)
  t.equal((await write()).replayed, true)
})

t.test('a request whose first one still runs is 409 at once, whatever its body', async (t) => {
  const { write, countEffects } = await countedWrites(t)
  const [begun, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const first = write(
    {},
    {
      work: async (on) => {
        const result = await createEffect(on)
        begun.resolve()
        await finish.promise
        return result
      },
    },
  )
  await begun.promise
  await t.rejects(write(), { code: 'idempotency_in_progress' })
  await t.rejects(write({ body: { name: 'Eva' } }), { code: 'idempotency_in_progress' })
  finish.resolve()
  await first
  t.equal((await write()).replayed, true)
  t.equal(await countEffects(), 1)
})

t.test('a write that is refused or fails leaves nothing, neither effect nor memory', async (t) => {
  const { write, countEffects, countKeys } = await countedWrites(t)
  for (const error of [new AppError('lead_already_exists', 'there is one'), new Error('broken')]) {
    const failing = write(
      {},
      {
        work: async (on) => {
          await createEffect(on)
          throw error
        },
      },
    )
    await t.rejects(failing, error)
    t.equal(await countEffects(), 0)
    t.equal(await countKeys(), 0)
  }
  t.equal((await write()).replayed, false, 'the key is still good')
})

t.test('the access is checked anew before an answer is given again, and its refusal wins', async (t) => {
  const { write } = await countedWrites(t)
  const first = await write()
  const checked: unknown[] = []
  const recheck = (record: { recordId: string; companyId: string | null }) => {
    checked.push([record.recordId, record.companyId])
    throw new AppError('not_found', 'out of reach')
  }
  await t.rejects(write({}, { recheck }), { code: 'not_found', message: 'out of reach' })
  t.strictSame(checked, [[first.recordId, companyId]])
})

t.test('a first write is not checked by the rule for replays', async (t) => {
  const { write } = await countedWrites(t)
  t.equal((await write({}, { recheck: () => void t.fail('nothing to replay') })).replayed, false)
})

const aged = (hours: number) => ({ createdAt: sql`now() - make_interval(mins => ${hours * 60})` })

t.test('a key works anew after 24 hours, and not before', async (t) => {
  const { db, write, countEffects, countKeys } = await countedWrites(t)
  const first = await write()
  await db.orm.update(idempotencyKeys).set(aged(23.5))
  t.equal((await write()).replayed, true)
  await db.orm.update(idempotencyKeys).set(aged(24.5))
  const second = await write({ body: { name: 'Eva' } })
  t.equal(second.replayed, false)
  t.not(second.recordId, first.recordId)
  t.equal((await write({ body: { name: 'Eva' } })).recordId, second.recordId, 'for 24 hours more')
  t.equal(await countEffects(), 2)
  t.equal(await countKeys(), 1)
})

t.test('keys whose time is over are pruned, the others kept', async (t) => {
  const { db, write, countKeys } = await countedWrites(t)
  for (const key of ['old-1', 'old-2']) await write({ key })
  await db.orm.update(idempotencyKeys).set(aged(24.5))
  await write({ key: 'new' })
  t.equal(await pruneIdempotencyKeys(db), 2)
  t.equal(await countKeys(), 1)
  t.equal((await write({ key: 'new' })).replayed, true)
  t.equal(await pruneIdempotencyKeys(db), 0)
})

t.test('more keys than one statement deletes are pruned all the same', async (t) => {
  const { db, write, countKeys } = await countedWrites(t)
  for (const key of ['1', '2', '3', '4', '5']) await write({ key })
  await db.orm.update(idempotencyKeys).set(aged(24.5))
  t.equal(await pruneIdempotencyKeys(db, 2), 5)
  t.equal(await countKeys(), 0)
})

t.test('the answers that showed an erased record are forgotten: 404, and still no second effect', async (t) => {
  const { db, write, countEffects } = await countedWrites(t)
  const erased = await write()
  await write({ key: 'other' })
  await forgetAnswers(db, erased.recordId)
  await t.rejects(write(), { code: 'not_found', status: 404 })
  await t.rejects(write({ body: { name: 'Eva' } }), { code: 'idempotency_key_reused' }, 'the request is still known')
  t.equal((await write({ key: 'other' })).replayed, true)
  t.equal(await countEffects(), 2)
  const bodies = await db.sql`select body from idempotency_keys where record_id = ${erased.recordId}`
  t.strictSame([...bodies], [{ body: null }])
})

t.test('of the request the table holds hashes only, of the answer what it showed', async (t) => {
  const { db, write } = await countedWrites(t)
  const { body } = await write({ key: 'visible-key', body: { name: 'visible-body' } })
  const rows = await db.sql<{ body: unknown }[]>`select * from idempotency_keys`
  t.notMatch(JSON.stringify(rows), /visible/)
  t.strictSame(
    rows.map((row) => row.body),
    [body],
  )
})
