import { acmeAdmin, acmeWest, isolatedEnvironment, startAllInOne } from '@crm/testing/all-in-one.ts'
import { chromium, type Page } from 'playwright-core'
import t from 'tap'
import { findChromium } from './chromium.ts'

const executablePath = findChromium()

t.test(
  "Swagger UI's 'Try it out' works on every service with x-user-id set under Authorize",
  { skip: !executablePath && 'no Chromium' },
  async (t) => {
    const system = await startAllInOne(t, await isolatedEnvironment(t))
    const browser = await chromium.launch({
      executablePath: executablePath ?? '',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
    t.teardown(() => browser.close())
    const page = await browser.newPage()
    page.setDefaultTimeout(15_000)

    await page.goto(`${system.crmUrl}/docs`)
    await authorize(page)
    const body = { name: 'Ute Übel', email: 'ute@example.com', companyId: acmeWest }
    t.equal(await tryOut(page, 'leads-createLead', body), '201', 'createLead')
    t.equal(await tryOut(page, 'leads-listLeads'), '200', 'listLeads')

    await page.goto(`${system.userUrl}/docs`)
    await authorize(page)
    t.equal(await tryOut(page, 'companies-createCompany', { name: 'Acme South', parentId: acmeWest }), '201', 'createCompany')
    t.equal(await tryOut(page, 'users-getMe'), '200', 'getMe')
  },
)

async function authorize(page: Page): Promise<void> {
  await page.click('button.authorize')
  await page.fill('.modal-ux input[type=text]', acmeAdmin)
  await page.click('.modal-ux button.authorize')
  await page.click('.modal-ux button.btn-done')
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
