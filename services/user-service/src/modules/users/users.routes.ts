import type { Access } from '@crm/service-kit/access/access.ts'
import { userReadScope } from '@crm/service-kit/access/rules.ts'
import type { Caller } from '@crm/service-kit/auth/caller.ts'
import type { Database } from '@crm/service-kit/database/database.ts'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import { etagOf } from '@crm/service-kit/http/etag.ts'
import { runWrite } from '@crm/service-kit/http/write-route.ts'
import { recordResult } from '@crm/service-kit/idempotency/write-result.ts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { actorOf } from '../access/actor.ts'
import { currentActor } from '../access/current-actor.ts'
import type { FingerprintPassword } from '../passwords/password-fingerprint.ts'
import type { PasswordHasher } from '../passwords/password-hasher.ts'
import { createUser, requireFreeEmailAndCompany } from './create-user.ts'
import { getUser } from './get-user.ts'
import { listUsers } from './list-users.ts'
import { updateUser } from './update-user.ts'
import { requireCreatable, requireWritableUser, userNotFound } from './user-rules.ts'
import * as operations from './users.operations.ts'
import { findUser } from './users.repository.ts'
import { User, UserCreate, UserPage, UserUpdate } from './users.schemas.ts'

export interface UserRoutesOptions {
  db: Database
  hasher: PasswordHasher
  fingerprintPassword: FingerprintPassword
  /** Called after each committed write: its events are in the outbox. */
  wakeRelay(): void
}

export const userRoutes: FastifyPluginAsyncTypebox<UserRoutesOptions> = async (app, options) => {
  for (const schema of [User, UserCreate, UserUpdate, UserPage]) app.addSchema(schema)
  await app.register(reading, options)
  await app.register(writing, options)
}

const reading: FastifyPluginAsyncTypebox<UserRoutesOptions> = async (app, { db }) => {
  const answerUser = async (reply: FastifyReply, { access }: Caller, userId: string): Promise<User> => {
    const user = await getUser(db, access, userId)
    reply.header('etag', etagOf(user))
    return user
  }

  app.get('/users/me', { schema: operations.getMeOperation }, (request, reply) =>
    request.asCaller((caller) => answerUser(reply, caller, caller.access.user.id)),
  )

  app.get('/users', { schema: operations.listUsersOperation }, (request) =>
    request.asCaller(({ access }) => listUsers(db, access, request.query)),
  )

  app.get('/users/:userId', { schema: operations.getUserOperation }, (request, reply) =>
    request.asCaller((caller) => answerUser(reply, caller, request.params.userId)),
  )
}

const writing: FastifyPluginAsyncTypebox<UserRoutesOptions> = async (app, options) => {
  const { db, hasher, fingerprintPassword, wakeRelay: afterCommit } = options

  app.post('/users', { schema: operations.createUserOperation }, async (request, reply) => {
    const { password, ...input } = request.body
    requireCreatable(request.caller.access, input)
    // Hashing is dear: only for a user who can be created, and before a transaction holds a connection. A refusal is the write's to throw:
    // the answer that an earlier request got under the same key comes before it.
    const refusal = password === undefined ? undefined : await refusalOf(requireFreeEmailAndCompany(db, actorOf(request.caller), input))
    const passwordHash = password === undefined || refusal ? null : await hasher.hash(password)
    // What is remembered of the request is made from its body.
    if (password !== undefined) request.body = { ...input, password: fingerprintPassword(password) }
    return runWrite({
      db,
      request,
      reply,
      afterCommit,
      work: async (on, caller) => {
        if (refusal) throw refusal
        // Others may have waited before for their hashes.
        const user = await createUser(on, await currentActor(on, actorOf(caller)), { ...input, passwordHash })
        return recordResult(201, user, { companyId: user.companyId, location: `/v1/users/${user.id}` })
      },
      recheck: ({ recordId }, { access }) => requireStillWritable(db, access, recordId),
    })
  })

  app.patch('/users/:userId', { schema: operations.updateUserOperation }, (request, reply) =>
    runWrite({
      db,
      request,
      reply,
      afterCommit,
      work: async (on, caller) => {
        const target = { userId: request.params.userId, ifMatch: request.headers['if-match'] }
        const user = await updateUser(on, actorOf(caller), target, request.body)
        return recordResult(200, user, { companyId: user.companyId })
      },
      recheck: ({ recordId }, { access }) => requireStillWritable(db, access, recordId),
    }),
  )
}

/** By the company that the user has now: users are moved. */
async function requireStillWritable(db: Database, access: Access, userId: string): Promise<void> {
  const user = await findUser(db, userId, userReadScope(access))
  if (!user) throw userNotFound()
  requireWritableUser(access, user)
}

/** What a check refuses with; undefined when it refuses nothing. */
async function refusalOf(check: Promise<void>): Promise<AppError | undefined> {
  try {
    await check
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  return undefined
}
