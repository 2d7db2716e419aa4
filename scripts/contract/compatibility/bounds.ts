import type { JsonObject } from '@crm/openapi/json.ts'
import { show } from './change.ts'

/** One end of what a schema takes: of numbers, or of how long a text, an array or an object may be. */
export interface End {
  inclusive: string
  /** The keyword whose value itself is not taken, where there is one. */
  exclusive?: string
  /** 1 for a lower end, -1 for an upper one: times this, the tighter limit is the larger one. */
  sign: 1 | -1
}

/** What a schema says of an end. */
interface Bound {
  keyword: string
  value: number
  isStrict: boolean
}

const ends: End[] = [
  { inclusive: 'minLength', sign: 1 },
  { inclusive: 'minimum', exclusive: 'exclusiveMinimum', sign: 1 },
  { inclusive: 'minItems', sign: 1 },
  { inclusive: 'minProperties', sign: 1 },
  { inclusive: 'maxLength', sign: -1 },
  { inclusive: 'maximum', exclusive: 'exclusiveMaximum', sign: -1 },
  { inclusive: 'maxItems', sign: -1 },
  { inclusive: 'maxProperties', sign: -1 },
]

/** The ends at which `to` refuses what `from` takes. */
export function tighterEnds(from: JsonObject, to: JsonObject): End[] {
  // Values are of both types: an integer that was any number is an integer still.
  const isWhole = [from, to].some(({ type }) => type === 'integer')
  return ends.filter((end) => {
    const [old, current] = [boundAt(end, from, isWhole), boundAt(end, to, isWhole)]
    return current !== undefined && (old === undefined || isTighter(current, old, end, isWhole))
  })
}

/** How a line tells that an end moved. */
export function describeEnd(end: End, before: JsonObject, after: JsonObject): string {
  const [was, is] = [boundAt(end, before, before.type === 'integer'), boundAt(end, after, after.type === 'integer')]
  const former = was !== undefined && is !== undefined && was.keyword !== is.keyword ? `${was.keyword} ${was.value}` : show(was?.value)
  return `${is?.keyword ?? was?.keyword ?? end.inclusive} is now ${show(is?.value)} (was ${former})`
}

/** The tighter one of what its two keywords say. */
function boundAt(end: End, schema: JsonObject, isWhole: boolean): Bound | undefined {
  const bounds = [end.inclusive, end.exclusive].flatMap((keyword): Bound[] => {
    const value = keyword === undefined ? undefined : schema[keyword]
    return keyword !== undefined && typeof value === 'number' ? [{ keyword, value, isStrict: keyword === end.exclusive }] : []
  })
  const [one, other] = bounds
  return one && other && isTighter(other, one, end, isWhole) ? other : one
}

function isTighter(a: Bound, b: Bound, { sign }: End, isWhole: boolean): boolean {
  const [left, right] = [limitOf(a, sign, isWhole), limitOf(b, sign, isWhole)]
  return left > right || (left === right && !isWhole && a.isStrict && !b.isStrict)
}

// Of whole numbers, more than 0 is 1 or more.
function limitOf({ value, isStrict }: Bound, sign: End['sign'], isWhole: boolean): number {
  const limit = value * sign
  if (!isWhole) return limit
  return isStrict ? Math.floor(limit) + 1 : Math.ceil(limit)
}
