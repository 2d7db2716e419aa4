import { byResource, type Method } from './method.ts'
import { signatureOf } from './signature.ts'

/** What a README says of the methods of a resource: the cells of a table, in Markdown. */
export interface MethodTable {
  resource: string
  head: string[]
  rows: string[][]
}

export function methodTables(methods: Method[]): MethodTable[] {
  return byResource(methods).map(({ name, methods }) => ({
    resource: name,
    head: ['method', 'does', 'gives', 'options of its own', 'operation'],
    rows: methods.map(rowOf),
  }))
}

function rowOf(method: Method): string[] {
  const { positional, options } = signatureOf(method)
  const parameters = [...positional.map(({ name, isRequired }) => `${name}${isRequired ? '' : '?'}`), 'options?']
  const gives = method.isList ? `CrmList<${method.answerType.text}>` : method.answerType.text
  return [
    code(`crm.${method.resource}.${method.name}(${parameters.join(', ')})`),
    method.summary,
    code(gives),
    options.members.map(({ name }) => code(name)).join(', '),
    code(`${method.verb} ${method.path}`),
  ]
}

function code(text: string): string {
  return `\`${text}\``
}
