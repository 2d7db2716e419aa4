import { byResource, type Method } from './method.ts'
import { signatureOf } from './signature.ts'

const begin = '<!-- methods -->'
const end = '<!-- /methods -->'

/** The README with its table of methods renewed. Throws when the marks of its place are missing. */
export function withMethodTable(readme: string, methods: Method[]): string {
  const [before, rest] = readme.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`sdk/README.md has no place for the methods: ${begin} ... ${end}`)
  return `${before}${begin}\n${renderTables(methods)}\n${end}${after}`
}

function renderTables(methods: Method[]): string {
  return byResource(methods)
    .map(({ name, methods }) => {
      const rows = methods.map(
        (method) =>
          `| ${callOf(method)} | ${method.summary} | \`${answerOf(method)}\` | ${optionsOf(method)} | \`${method.verb} ${method.path}\` |\n`,
      )
      return `\n### ${name}\n\n| method | does | gives | options of its own | operation |\n|---|---|---|---|---|\n${rows.join('')}`
    })
    .join('')
}

function callOf(method: Method): string {
  return `\`crm.${method.resource}.${method.name}(${[...signatureOf(method).names, 'options?'].join(', ')})\``
}

function optionsOf({ query, body, isList, takesIdempotencyKey, takesIfMatch }: Method): string {
  const names = [
    ...(query && !isList ? ['query'] : []),
    ...(body && !body.isRequired ? ['body'] : []),
    ...(takesIdempotencyKey ? ['idempotencyKey'] : []),
    ...(takesIfMatch ? ['ifMatch', 'onConflict'] : []),
  ]
  return names.map((name) => `\`${name}\``).join(', ')
}

function answerOf({ isList, answer }: Method): string {
  return (isList ? `CrmList<${answer}>` : answer).replaceAll('|', '\\|')
}
