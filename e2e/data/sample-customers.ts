import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'

export interface SampleCustomer {
  name: string
  email: string
}

/** The 59 customers of the sample file. */
export async function sampleCustomers(): Promise<SampleCustomer[]> {
  const rows = parse<SampleCustomer>(await readFile(join(import.meta.dirname, 'customers.csv')), { columns: true, bom: true })
  return rows.map(({ name, email }) => ({ name, email }))
}
