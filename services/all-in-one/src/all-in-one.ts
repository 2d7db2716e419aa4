import { openBus } from '@crm/events/bus/open-bus.ts'
import { isLoopback } from '@crm/service-kit/config/auth-mode.ts'
import { createCrmService, createCrmWorker } from 'crm-service/service.ts'
import type { FastifyInstance } from 'fastify'
import { createGateway } from 'gateway/service.ts'
import type { Logger } from 'pino'
import { createUserService } from 'user-service/service.ts'
import { type AllInOneConfig, dataFolder } from './config.ts'
import { lockDataFolder } from './data-lock.ts'
import { prepareDatabases } from './databases.ts'
import { assertMayBeReached } from './network-access.ts'
import { type Part, stopParts } from './parts.ts'
import { type Address, assertAddressesUsable, listenFailure, serviceAddresses } from './service-addresses.ts'
import { serviceConfigs } from './service-configs.ts'
import { signingKeySecret } from './signing-key-secret.ts'
import { supervisePostgres } from './supervised-postgres.ts'

export interface RunningFacts {
  postgresPort: number
  dataDir: string
}

export interface AllInOne {
  /**
   * Starts everything, once. Resolves to undefined when it was closed meanwhile. Rejects when a part cannot be started, once the parts
   * before it are stopped.
   */
  start(): Promise<RunningFacts | undefined>
  /** Resolves when a part is lost for good after its start: whoever started the system closes it then. */
  readonly failed: Promise<Error>
  /** Turns every /ready to 503, and keeps a start that is under way from going further. */
  setDraining(): void
  /**
   * Stops everything in the reverse order of its start, also in the middle of one. A part that fails to stop keeps no other from it;
   * rejects then, at the end.
   */
  close(): Promise<void>
}

interface Assembly {
  config: AllInOneConfig
  logger: Logger
  /** What was started so far. */
  parts: Part[]
  apps: FastifyInstance[]
  /** Aborted when no further part may be started. */
  stopping: AbortSignal
  onLost(error: Error): void
}

/** Every process's app in this one: real sockets between them, no shared memory but the embedded bus. Nothing happens before `start`. */
export function createAllInOne(config: AllInOneConfig, logger: Logger): AllInOne {
  const parts: Part[] = []
  const apps: FastifyInstance[] = []
  const stopping = new AbortController()
  const failed = Promise.withResolvers<Error>()
  let starting: Promise<RunningFacts | undefined> | undefined
  let closing: Promise<void> | undefined

  async function start(): Promise<RunningFacts | undefined> {
    try {
      return await startParts({ config, logger, parts, apps, stopping: stopping.signal, onLost: failed.resolve })
    } catch (error) {
      if (stopping.signal.aborted) return abandon(error)
      await stopParts(parts.splice(0), logger)
      throw error
    }
  }

  // The Ctrl-C that ends a start may also end a program just forked for it, which has no session of its own yet. Whatever made the start
  // fail then, nobody waits for it any more; close() stops the parts.
  function abandon(error: unknown): undefined {
    if (error !== stopping.signal.reason) logger.info({ err: error }, 'the start ended early')
  }

  async function close(): Promise<void> {
    stopping.abort()
    await starting
    const failures = await stopParts(parts.splice(0), logger)
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} parts could not be stopped cleanly`)
  }

  return {
    start: () => (starting ??= start()),
    failed: failed.promise,
    setDraining() {
      stopping.abort()
      for (const app of apps) app.setDraining()
    },
    close: () => (closing ??= close()),
  }
}

async function startParts(assembly: Assembly): Promise<RunningFacts> {
  const { config, logger, parts, stopping } = assembly
  const addresses = serviceAddresses(config)
  const dataDir = dataFolder(config)
  parts.push({ name: 'the lock', stop: lockDataFolder(dataDir) })
  await assertAddressesUsable(Object.values(addresses), config)
  stopping.throwIfAborted()
  const postgres = await supervisePostgres({ dir: `${dataDir}/postgres`, port: config.POSTGRES_PORT, logger, signal: stopping })
  parts.push({ name: 'PostgreSQL', stop: () => postgres.stop() })
  void postgres.lost.then(assembly.onLost)
  stopping.throwIfAborted()
  const databases = await prepareDatabases(postgres)
  await assertMayBeReached(addresses.gateway, databases.user_db)
  stopping.throwIfAborted()
  const bus = openBus({ databaseUrl: databases.bus_db, logger })
  parts.push({ name: 'the bus', stop: () => bus.close() })

  const secret = config.SIGNING_KEY_SECRET ?? signingKeySecret(dataDir)
  const { gateway, user, crm, worker } = serviceConfigs(config, { databases, signingKeySecret: secret })
  await startApp(assembly, addresses.user, await createUserService(user, bus))
  await startApp(assembly, addresses.crm, await createCrmService(crm, bus))
  await startApp(assembly, addresses.worker, await createCrmWorker(worker, bus))
  await startApp(assembly, addresses.gateway, await createGateway(gateway, { loopbackHostsOnly: isLoopback(addresses.gateway.host) }))
  return { postgresPort: postgres.port, dataDir }
}

async function startApp({ parts, apps, stopping }: Assembly, address: Address, app: FastifyInstance): Promise<void> {
  parts.push({ name: `the server of ${address.variable}`, stop: () => app.close() })
  apps.push(app)
  stopping.throwIfAborted()
  await app.listen({ host: address.host, port: address.port }).catch((cause: unknown) => {
    throw listenFailure(cause, address)
  })
  stopping.throwIfAborted()
}
