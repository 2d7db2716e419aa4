import type { FuncKeywordDefinition } from 'ajv'
import type { Normalization } from './schemas.ts'

/** Ours alone: documents are published without it. */
export const normalizeKeyword = 'x-normalize'

const normalizers: Record<Normalization, (text: string) => string> = {
  line: (text) => text.trim().normalize('NFC'),
  email: (text) => text.trim().normalize('NFC').toLowerCase(),
  uuid: (text) => text.toLowerCase(),
  secret: (text) => text,
}

/** The keyword `x-normalize`: refuses malformed text, then replaces the value by its normal form before lengths and formats are checked. */
export const textKeyword: FuncKeywordDefinition = {
  keyword: normalizeKeyword,
  type: 'string',
  schemaType: 'string',
  modifying: true,
  before: 'maxLength',
  errors: true,
  compile(kind: Normalization) {
    const normalize = normalizers[kind]
    const check = Object.assign(
      (text: string, place?: { parentData: Record<string | number, unknown>; parentDataProperty: string | number }) => {
        const fault = malformation(text, kind)
        if (fault) {
          check.errors = [{ keyword: normalizeKeyword, message: fault, params: {} }]
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

function malformation(text: string, kind: Normalization): string | undefined {
  if (text.includes('\0')) return 'must not contain a NUL character'
  if (!text.isWellFormed()) return 'must be well-formed Unicode (it holds a lone surrogate)'
  if (kind !== 'secret' && /\p{Cc}/u.test(text.trim())) return 'must not contain control characters, such as line breaks'
  return undefined
}
