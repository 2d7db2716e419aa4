import { type Outcome, statuses } from '../matrix/table.ts'
import type { Actor } from '../system/actors.ts'
import type { Answer } from '../system/call.ts'
import type { Records } from '../system/records.ts'
import type { Case } from './case.ts'
import { mayRead } from './visibility.ts'

/** What is wrong with an answer: it shows or does too much, too little, or refuses for another reason; or there was none. */
export interface Fault {
  kind: 'leak' | 'wronglyRefused' | 'otherReason' | 'untried'
  text: string
}

const granted: readonly Outcome[] = ['ok', 'named']
/** Answers as if the record were not there: any other refusal tells that it is. */
const asIfNotThere: readonly Outcome[] = ['not_found', 'company_not_found', 'unnamed', 'absent', 'unauthenticated', 'invalid_credentials']

const problemMembers = ['type', 'title', 'status', 'detail', 'code', 'instance', 'requestId', 'errors']

/** Compares an answer with what is to become of the case, and looks in it for what the caller may not read. */
export function judge(records: Records, case_: Case, answer: Answer): Fault[] {
  const { name, outcome } = case_
  const became = outcomeOf(case_, answer)
  const fault = (kind: Fault['kind'], text: string): Fault => ({ kind, text: `${name}: ${text}` })
  const faults: Fault[] = []
  if (became !== outcome) faults.push(fault(kindOf(outcome, became), `${outcome} expected, ${became} came: ${answer.text.slice(0, 300)}`))
  if (became === outcome && !isGranted(outcome) && answer.status !== statuses[outcome])
    faults.push(fault('otherReason', `${outcome} came as ${answer.status}`))
  const leaks = answer.status < 300 ? leaksOfAnswer(records, case_, answer) : leaksOfRefusal(records, case_, answer)
  return [
    ...faults,
    ...leaks.map((text) => fault('leak', text)),
    ...wrongRecords(case_, answer).map((text) => fault('wronglyRefused', text)),
  ]
}

/** Records that a text names or identifies and that the reader may not read, but for what they asked for by its id. */
export function unreadableIn(records: Records, text: string, { reader, asked }: { reader: Actor | undefined; asked: string }): string[] {
  const isHidden = (record: Parameters<typeof mayRead>[1]) => !reader || !mayRead(reader, record)
  const described = ({ kind, place }: Parameters<typeof mayRead>[1]) => `a ${kind} of ${place}`
  return [
    ...records
      .namedIn(text)
      .filter(isHidden)
      .map((record) => `names ${described(record)}`),
    ...records
      .identifiedIn(text)
      .filter((record) => isHidden(record) && !asked.includes(record.id))
      .map((record) => `tells the id of ${described(record)}`),
  ]
}

function isGranted(outcome: Outcome): boolean {
  return statuses[outcome] === 200
}

/** Answers that say nothing of any record, whether it is there or not. */
const saysNothing = ['unauthenticated', 'rate_limited', 'internal_error', 'dependency_unavailable', 'unavailable', 'dependency_timeout']

function outcomeOf({ row, target }: Case, { status, body }: Answer): string {
  if (status < 300) return row.says ? row.says(body, target) : 'ok'
  return typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : `${status} without a problem`
}

function kindOf(expected: Outcome, became: string): Fault['kind'] {
  if (granted.includes(expected)) return 'wronglyRefused'
  const isGrantedNow = granted.some((outcome) => outcome === became)
  return isGrantedNow || (asIfNotThere.includes(expected) && !saysNothing.includes(became)) ? 'leak' : 'otherReason'
}

/** A refusal shows no record at all: neither name nor email, no version, and no id but those of the request. */
function leaksOfRefusal(records: Records, { operation, target, outcome }: Case, { text, headers, body }: Answer): string[] {
  const allowed = outcome === 'lead_already_exists' ? [...problemMembers, 'existingId'] : problemMembers
  const more = Object.keys(Object(body)).filter((member) => !allowed.includes(member))
  const asked = [operation.path, target.id, target.companyId, ...existingId(outcome, body)].join(' ')
  return [
    ...more.map((member) => `the refusal has the member ${member}`),
    ...(headers.has('etag') && outcome !== 'precondition_failed' ? ['the refusal has an ETag'] : []),
    ...(headers.has('location') ? ['the refusal has a Location'] : []),
    ...unreadableIn(records, text, { reader: undefined, asked }).map((what) => `the refusal ${what}`),
  ]
}

function existingId(outcome: Outcome, body: unknown): string[] {
  return outcome === 'lead_already_exists' ? [String(Object(body).existingId)] : []
}

function leaksOfAnswer(records: Records, { caller, target, outcome }: Case, { text }: Answer): string[] {
  const shown = outcome === 'ok' && target.mark !== undefined ? text.replaceAll(target.mark, '') : text
  const asked = [target.id, target.companyId].join(' ')
  return unreadableIn(records, shown, { reader: caller, asked }).map((what) => `the answer ${what}`)
}

/** An answer about one record is about the one that was asked for. */
function wrongRecords({ operation, row, target }: Case, { status, body }: Answer): string[] {
  const isAboutTarget = operation.path.includes('{') || row.on === 'caller'
  const { id } = Object(body)
  return status < 300 && isAboutTarget && typeof id === 'string' && id !== target.id ? ['another record was answered'] : []
}
