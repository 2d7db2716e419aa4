import { Ajv, type ValidateFunction } from 'ajv'
import ajvFormats from 'ajv-formats'
import type { EventContract } from '../contracts/contract.ts'

const ajv = new Ajv({ strict: false })
ajvFormats.default(ajv, ['uuid', 'date-time'])

const compiled = new WeakMap<EventContract, ValidateFunction>()

/** What is wrong with a payload by its contract; undefined when nothing is. Fields the contract does not name are fine. */
export function payloadFault(contract: EventContract, payload: unknown): string | undefined {
  let validate = compiled.get(contract)
  if (!validate) {
    validate = ajv.compile(contract.payload)
    compiled.set(contract, validate)
  }
  return validate(payload) ? undefined : ajv.errorsText(validate.errors, { dataVar: 'payload' })
}
