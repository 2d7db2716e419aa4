import { acmeWest, isolatedEnvironment, startAllInOne, west } from '@crm/testing/all-in-one.ts'
import { build } from 'esbuild'
import { chromium, type Page } from 'playwright-core'
import t from 'tap'
import { findChromium } from '../swagger-ui/chromium.ts'

const executablePath = findChromium()

t.test(
  "a page's session lives in a cookie that no script sees, outlives the page, and ends with logging out",
  { skip: !executablePath && 'no Chromium' },
  async (t) => {
    const system = await startAllInOne(t, await isolatedEnvironment(t))
    const browser = await chromium.launch({
      executablePath: executablePath ?? '',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
    t.teardown(() => browser.close())
    // The pages of the gateway run no script of others: the test's comes in past that.
    const page = await (await browser.newContext({ bypassCSP: true })).newPage()
    page.setDefaultTimeout(15_000)
    await open(page, system.gatewayUrl)
    t.strictSame(await page.evaluate(firstVisit), { before: 'invalid_credentials', user: west, lead: 'NEW', cookies: '', session: 'null' })
    await open(page, system.gatewayUrl)
    t.strictSame(await page.evaluate(nextVisit), { user: west, after: 'invalid_credentials' })
  },
)

const client = "const crm = sdk.createCrmClient({ baseUrl: '/', credentials: { session: 'cookie' } })"
const firstVisit = `(async () => {
  let kept
  const crm = sdk.createCrmClient({ baseUrl: '/', credentials: { session: 'cookie', onTokens: (tokens) => { kept = tokens } } })
  const before = await crm.users.me().catch((error) => error.code)
  await crm.logIn({ email: 'user.west@crm.com', password: 'west123' })
  const user = (await crm.users.me()).id
  const lead = (await crm.leads.create({ name: 'Ute', email: 'ute@example.com', companyId: '${acmeWest}' })).status
  return { before, user, lead, cookies: document.cookie, session: String(kept.refreshToken) }
})()`
const nextVisit = `(async () => {
  ${client}
  const user = (await crm.users.me()).id
  await crm.logOut()
  return { user, after: await crm.users.me().catch((error) => error.code) }
})()`

/** A page of the gateway's own host, with the SDK. */
async function open(page: Page, gatewayUrl: string): Promise<void> {
  const bundle = await build({
    stdin: { contents: "export * from '@crm/sdk'", resolveDir: import.meta.dirname },
    bundle: true,
    format: 'iife',
    globalName: 'sdk',
    platform: 'browser',
    write: false,
  })
  await page.goto(`${gatewayUrl}/docs`)
  await page.addScriptTag({ content: bundle.outputFiles[0]?.text ?? '' })
}
