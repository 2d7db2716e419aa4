import { type JsonObject, textOf } from '@crm/openapi/json.ts'
import { operationsOf } from '@crm/openapi/operations.ts'
import { exportedNames } from '../../../sdk/generator/exported-names.ts'
import { type DocumentedMethod, documentedMethodsOf } from '../../../sdk/generator/method.ts'
import { requestModels } from '../../../sdk/generator/request-models.ts'
import { type Signature, signatureOf } from '../../../sdk/generator/signature.ts'
import type { Change } from './change.ts'
import type { Versions } from './compared.ts'

/**
 * What breaks programs that are built on the SDK, of the API's document before. What a type holds is compared with the document;
 * here it is methods, what they take and give, and the names of types.
 */
export function sdkChanges(before: JsonObject, after: JsonObject): Change[] {
  const [old, current] = [documentedMethodsOf(before), documentedMethodsOf(after)]
  const methods = old.flatMap((method) => {
    const place = `SDK ${nameOf(method)}`
    const counterpart = current.find((other) => nameOf(other) === nameOf(method))
    return counterpart ? signatureChanges({ before: method, after: counterpart }, place) : [{ place, what: 'was removed' }]
  })
  return [...methods, ...serviceChanges(before, after), ...typeChanges({ before, after }, { before: old, after: current })]
}

function nameOf({ resource, name }: DocumentedMethod): string {
  return `crm.${resource}.${name}`
}

/** Who has an address for each service has none for another. Documents of 0.1.0 do not say which service answers what. */
function serviceChanges(before: JsonObject, after: JsonObject): Change[] {
  const current = new Map(operationsOf(after).map(({ name, definition }) => [name, textOf(definition, 'x-service')]))
  return operationsOf(before).flatMap(({ name, definition }) => {
    const [was, is] = [textOf(definition, 'x-service'), current.get(name)]
    const isMoved = was !== undefined && is !== undefined && was !== is
    return isMoved ? [{ place: `SDK ${name}`, what: `is asked of ${is} now (was ${was})` }] : []
  })
}

function signatureChanges(methods: Versions<DocumentedMethod>, place: string): Change[] {
  const [before, after] = [signatureOf(methods.before), signatureOf(methods.after)]
  const [taken, takes] = [positionsOf(before), positionsOf(after)]
  const [given, gives] = [kindOf(methods.before), kindOf(methods.after)]
  return [
    ...(isTaken(before, after) ? [] : [{ place, what: `takes (${takes.join(', ')}) now (took (${taken.join(', ')}))` }]),
    ...optionChanges(before, after, place),
    ...(given === gives ? [] : [{ place, what: `gives ${gives} now (gave ${given})` }]),
  ]
}

/** Whether calls with the positional parameters of before are right now: the same ones, of which none may be demanded anew. */
function isTaken({ positional: before }: Signature, { positional: after }: Signature): boolean {
  const isSame = after.every(({ role, type }, index) => {
    const old = before[index]
    return old?.role === role && (role !== 'id' || old.type.text === type.text)
  })
  return isSame && before.length === after.length && after.every(({ isRequired }, index) => !isRequired || before[index]?.isRequired)
}

function positionsOf({ positional }: Signature): string[] {
  return positional.map(({ role, type, isRequired }) => `${role === 'id' ? `${role}: ${type.text}` : role}${isRequired ? '' : '?'}`)
}

function optionChanges({ options: before }: Signature, { options: after }: Signature, place: string): Change[] {
  const lost = before.members.filter(({ name }) => !after.members.some((member) => member.name === name))
  const demanded = after.members.filter(
    ({ name, isRequired }) => isRequired && !before.members.some((member) => member.name === name && member.isRequired),
  )
  return [
    ...lost.map(({ name }) => ({ place, what: `no longer has the option ${name}` })),
    ...demanded.map(({ name }) => ({ place, what: `demands the option ${name} now` })),
  ]
}

function kindOf({ isList, answerType }: DocumentedMethod): string {
  if (isList) return 'a list'
  const isNothing = answerType.text.split(' | ').includes('void')
  return isNothing ? (answerType.text === 'void' ? 'nothing' : 'an answer or nothing') : 'an answer'
}

function typeChanges(documents: Versions<JsonObject>, methods: Versions<DocumentedMethod[]>): Change[] {
  const current = new Set(exportedNames(documents.after, methods.after).map(({ name }) => name))
  const lost = exportedNames(documents.before, methods.before).filter(({ name }) => !current.has(name))
  const onlySent = requestModels(documents.after)
  const answered = [...requestModels(documents.before)].filter((name) => current.has(name) && !onlySent.has(name))
  return [
    ...lost.map(({ name }) => ({ place: `SDK type ${name}`, what: 'was removed' })),
    ...answered.map((name) => ({
      place: `SDK type ${name}`,
      what: 'is answered now, so that its optional members no longer take undefined',
    })),
  ]
}
