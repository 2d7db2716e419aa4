import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

type Env = Record<string, string>

const has = (env: Env, path: string) => existsSync(join(env.DATA_DIR ?? '', path))
const postgresFiles = (env: Env) => (has(env, 'postgres') ? readdirSync(join(env.DATA_DIR ?? '', 'postgres')) : [])
const answers = async (url: string) => (await fetch(`${url}/live`)).ok

/** The steps of a first start, each known by what it leaves or answers. */
export const moments: [string, (env: Env) => boolean | Promise<boolean>][] = [
  ['its data folder is claimed', (env) => has(env, 'holder')],
  ['PostgreSQL makes its data', (env) => postgresFiles(env).some((name) => name.startsWith('.initdb-'))],
  ['PostgreSQL starts', (env) => has(env, 'postgres/data/postmaster.pid')],
  ['PostgreSQL answers and databases are made', (env) => answers(`http://127.0.0.1:${env.POSTGRES_PORT}`).catch(isNoHttp)],
  ['user-service answers', (env) => answers(env.USER_SERVICE_URL ?? '')],
  ['crm-service answers', (env) => answers(env.CRM_SERVICE_URL ?? '')],
  ['the gateway answers', (env) => answers(env.GATEWAY_URL ?? '')],
]

// PostgreSQL closes the connection of whoever speaks HTTP to it, where a port without a server refuses it.
function isNoHttp(error: Error): boolean {
  return !(error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ECONNREFUSED')
}
