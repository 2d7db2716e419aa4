import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { operationsOf, versionOf } from '@crm/openapi/operations.ts'
import { repositoryRoot } from '@crm/testing/repository-root.ts'
import t from 'tap'
import { methodsOf } from '../generator/method.ts'
import { readDocuments } from '../generator/sdk-files.ts'
import { apiVersion, createCrmClient } from '../src/index.ts'
import { json, noContent, startScriptedServer } from './scripted-server.ts'

const sdk = join(repositoryRoot, 'sdk')
const { api, services } = await readDocuments(join(repositoryRoot, 'openapi'))
const operations = operationsOf(api).map(({ name }) => name)

t.test('every operation of the API is one method, and every method one operation', async (t) => {
  const page = { data: [], page: { limit: 50, nextCursor: null } }
  let answer = json(200, page)
  const server = await startScriptedServer(t, (response, request) => answer(response, request))
  const crm = createCrmClient({ baseUrl: server.url, userId: 'u' })
  const resources: [string, object][] = Object.entries(crm)
  const methods = resources.flatMap(([resource, own]) => Object.entries(own).map(([name, call]) => ({ name: `${resource}.${name}`, call })))
  t.equal(methods.length, operations.length)

  const documented = methodsOf(api, services)
  const sent: string[] = []
  for (const { name, call } of methods) {
    const method = documented.find(({ resource, name: own }) => `${resource}.${own}` === name)
    const ids = method?.ids.map(({ parameter }) => `{${parameter}}`) ?? []
    answer = method?.answer === 'none' ? noContent : json(200, page)
    await call(...ids, ...(method?.body?.isRequired ? [{}] : []))
    const request = server.requests.at(-1)
    sent.push(`${request?.method} ${decodeURIComponent(request?.path ?? '')}`)
  }
  t.same(sent.toSorted(), operations.toSorted())
})

t.test('the README lists every method', async (t) => {
  const readme = await readFile(join(sdk, 'README.md'), 'utf8')
  for (const { resource, name } of methodsOf(api, services)) t.ok(readme.includes(`\`crm.${resource}.${name}(`), `${resource}.${name}`)
})

t.test("the SDK's version is the API's, and the changelog tells of it", async (t) => {
  const manifest = JSON.parse(await readFile(join(sdk, 'package.json'), 'utf8'))
  const changelog = await readFile(join(sdk, 'CHANGELOG.md'), 'utf8')
  t.equal(manifest.version, versionOf(api))
  t.equal(apiVersion, versionOf(api))
  t.equal(/^## (\S+)/m.exec(changelog)?.[1], versionOf(api))
})
