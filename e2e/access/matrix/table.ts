import type { CallerKind } from '../callers.ts'

/** What may become of a request: the status of its answer, which for a refusal is that of its code. `named` .. `absent` are what `resolve` says. */
export const statuses = {
  ok: 200,
  named: 200,
  unnamed: 200,
  absent: 200,
  validation_failed: 400,
  unauthenticated: 401,
  invalid_credentials: 401,
  forbidden: 403,
  not_found: 404,
  lead_already_exists: 409,
  precondition_failed: 412,
  company_not_found: 422,
  company_inactive: 422,
} as const
export type Outcome = keyof typeof statuses

/** What is to become of the requests of each caller (a line) on each target (a column). */
export interface Table {
  columns: readonly string[]
  callers: readonly string[]
  outcome(caller: CallerKind, column: string): Outcome
}

/** Reads a table: the columns in its first line, then one line a caller; EVERYONE means those without one. Others are unauthenticated. */
export function table(text: string): Table {
  const [columns = [], ...lines] = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
  const cells = new Map<string, Outcome>()
  for (const [caller = '', ...words] of lines) {
    if (words.length !== columns.length) throw new Error(`the line of ${caller} has ${words.length} cells for ${columns.length} columns`)
    for (const [n, word] of words.entries()) cells.set(`${caller} ${columns[n]}`, outcomeOf(word))
  }
  return {
    columns,
    callers: lines.map(([caller = '']) => caller),
    outcome: (caller, column) => {
      if (!columns.includes(column)) throw new Error(`the table has no column ${column}`)
      return cells.get(`${caller} ${column}`) ?? cells.get(`EVERYONE ${column}`) ?? 'unauthenticated'
    },
  }
}

function outcomeOf(word: string): Outcome {
  if (!isOutcome(word)) throw new Error(`${word} is no outcome`)
  return word
}

function isOutcome(word: string): word is Outcome {
  return word in statuses
}
