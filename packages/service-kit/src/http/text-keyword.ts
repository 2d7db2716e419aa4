import type { FuncKeywordDefinition } from 'ajv'
import type { Normalization } from './schemas.ts'

const normalizers: Record<Normalization, (text: string) => string> = {
  line: (text) => text.trim().normalize('NFC'),
  email: (text) => text.trim().normalize('NFC').toLowerCase(),
  uuid: (text) => text.toLowerCase(),
  secret: (text) => text,
}

/** The keyword `x-normalize`: refuses malformed text, then replaces the value by its normal form before lengths and formats are checked. */
export const textKeyword: FuncKeywordDefinition = {
  keyword: 'x-normalize',
  type: 'string',
  schemaType: 'string',
  modifying: true,
  before: 'maxLength',
  errors: true,
  compile(kind: Normalization) {
    const normalize = normalizers[kind]
    const check = Object.assign(
      (text: string, place?: { parentData: Record<string | number, unknown>; parentDataProperty: string | number }) => {
        const fault = malformation(text)
        if (fault) {
          check.errors = [{ keyword: 'x-normalize', message: fault, params: {} }]
          return false
        }
        if (place?.parentData) place.parentData[place.parentDataProperty] = normalize(text)
        return true
      },
      { errors: undefined as unknown[] | undefined },
    )
    return check as ReturnType<NonNullable<FuncKeywordDefinition['compile']>>
  },
}

function malformation(text: string): string | undefined {
  if (text.includes('\0')) return 'must not contain a NUL character'
  if (!text.isWellFormed()) return 'must be well-formed Unicode (it holds a lone surrogate)'
  return undefined
}
