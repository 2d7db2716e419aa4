import { acmeWest, isolatedEnvironment, startAllInOne, west } from '@crm/testing/all-in-one.ts'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import t from 'tap'
import { findChromium } from '../swagger-ui/chromium.ts'
import { startProxy } from './proxy.ts'

const executablePath = findChromium()

/** What the page does with the client; its last value is what it shows. */
const script = `
  const sdk = await import('/sdk.js')
  const crm = sdk.createCrmClient({ baseUrl: '/', userId: '${west}' })
  const { data: lead, response } = await crm.leads
    .create({ name: 'Ute Übel', email: 'ute@example.com', companyId: '${acmeWest}' })
    .withResponse()
  const changed = await crm.leads.update(lead.id, { status: 'CONTACTED' }, {
    ifMatch: lead,
    onConflict: (current) => (current.status === 'REJECTED' ? undefined : { status: 'CONTACTED' }),
  })
  const names = []
  for await (const { name } of crm.leads.list({ limit: 1 })) names.push(name)
  const duplicate = await crm.leads.create({ name: 'Ute', email: 'ute@example.com', companyId: '${acmeWest}' }).catch((error) => error)
  const aborted = await crm.users.me({ signal: AbortSignal.abort() }).catch((error) => error)
  const nowhere = sdk.createCrmClient({ baseUrl: 'http://127.0.0.1:1', userId: '${west}', maxRetries: 0 })
  const lost = await nowhere.users.me().catch((error) => error)
  return {
    status: changed.status,
    names,
    requestId: response.requestId,
    duplicate: duplicate instanceof sdk.CrmConflictError && duplicate.existingId === lead.id && duplicate.name,
    aborted: aborted instanceof sdk.CrmAbortError && aborted.name,
    lost: lost instanceof sdk.CrmConnectionError && lost.name,
  }
`

t.test('the SDK works in a browser, bundled as it is for one', { skip: !executablePath && 'no Chromium' }, async (t) => {
  const system = await startAllInOne(t, await isolatedEnvironment(t))
  const origin = await startProxy(t, {
    files: await pageFiles(),
    originOf: (path) => (path.startsWith('/v1/leads') ? system.crmUrl : system.userUrl),
  })
  const browser = await chromium.launch({
    executablePath: executablePath ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  t.teardown(() => browser.close())
  const page = await browser.newPage()
  page.setDefaultTimeout(15_000)
  await page.goto(origin)
  t.match(await page.evaluate(`(async () => {${script}})()`), {
    status: 'CONTACTED',
    names: ['Ute Übel'],
    requestId: /^[0-9a-f-]{36}$/,
    duplicate: 'CrmConflictError',
    aborted: 'CrmAbortError',
    lost: 'CrmConnectionError',
  })
})

/** What the origin serves itself: a page, and the SDK bundled for it. */
async function pageFiles(): Promise<Record<string, [string, string | Uint8Array]>> {
  const sdk = await build({
    stdin: { contents: "export * from '@crm/sdk'", resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  })
  return {
    '/': ['text/html', '<!doctype html><title>CRM</title>'],
    '/sdk.js': ['text/javascript', sdk.outputFiles[0]?.contents ?? ''],
  }
}
