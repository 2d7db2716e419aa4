import { acmeAdmin, acmeWest, isolatedEnvironment, startAllInOne } from '@crm/testing/all-in-one.ts'
import { chromium, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { findChromium } from './chromium.ts'

const executablePath = findChromium()
const userIdField = '#api_key_value'
const tokenField = '#auth-bearer-value'

t.test(
  "Swagger UI's 'Try it out' works on every service with x-user-id set under Authorize",
  { skip: !executablePath && 'no Chromium' },
  async (t) => {
    const system = await startAllInOne(t, await isolatedEnvironment(t))
    const page = await openPage(t)
    await page.goto(`${system.crmUrl}/docs`)
    await authorize(page, userIdField, acmeAdmin)
    const body = { name: 'Ute Übel', email: 'ute@example.com', companyId: acmeWest }
    t.equal(await tryOut(page, 'leads-createLead', body), '201', 'createLead')
    t.equal(await tryOut(page, 'leads-listLeads'), '200', 'listLeads')

    await page.goto(`${system.userUrl}/docs`)
    await authorize(page, userIdField, acmeAdmin)
    t.equal(await tryOut(page, 'companies-createCompany', { name: 'Acme South', parentId: acmeWest }), '201', 'createCompany')
    t.equal(await tryOut(page, 'users-getMe'), '200', 'getMe')
  },
)

t.test(
  "the gateway's Swagger UI logs in, and works with the token under Authorize",
  { skip: !executablePath && 'no Chromium' },
  async (t) => {
    const system = await startAllInOne(t, await isolatedEnvironment(t))
    const page = await openPage(t)
    await page.goto(`${system.gatewayUrl}/docs`)
    t.equal(await tryOut(page, 'users-getMe'), '401', 'nobody is logged in')
    t.equal(await tryOut(page, 'auth-login', { email: 'user.west@crm.com', password: 'west123' }), '200', 'login')
    const shown = await page.locator('#operations-auth-login .live-responses-table .response-col_description code').first().textContent()
    await authorize(page, tokenField, JSON.parse(shown ?? '{}').accessToken)
    const body = { name: 'Ute Übel', email: 'ute@example.com', companyId: acmeWest }
    t.equal(await tryOut(page, 'leads-createLead', body), '201', 'createLead')
    t.equal(await tryOut(page, 'companies-listCompanies'), '200', 'listCompanies')
  },
)

async function openPage(t: Test): Promise<Page> {
  const browser = await chromium.launch({
    executablePath: executablePath ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  t.teardown(() => browser.close())
  const page = await browser.newPage()
  page.setDefaultTimeout(15_000)
  return page
}

/** Fills in who calls: a user id where services are asked, an access token at the gateway. */
async function authorize(page: Page, field: string, value: string): Promise<void> {
  await page.click('button.authorize')
  // Each scheme has a form of its own.
  const form = page.locator('.modal-ux form', { has: page.locator(field) }).first()
  await form.locator(field).fill(value)
  await form.locator('button.authorize').click()
  await page.locator('.modal-ux button.btn-done').first().click()
}

/** Executes an operation as a person would; returns the status that the page shows. */
async function tryOut(page: Page, operation: string, body?: object): Promise<string | undefined> {
  const block = page.locator(`#operations-${operation}`)
  await block.locator('.opblock-summary').click()
  await block.locator('.try-out__btn').click()
  if (body) await block.locator('textarea.body-param__text').fill(JSON.stringify(body))
  await block.locator('button.execute').click()
  return (await block.locator('.live-responses-table tbody .response-col_status').first().textContent())?.trim()
}
