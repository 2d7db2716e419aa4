/** What every generated file begins with. */
export const notice = '// Made by `pnpm generate` from openapi/gateway.json. Do not edit.\n\n'

/** A TypeScript comment of the paragraphs that are there; nothing when none is. */
export function docComment(paragraphs: (string | undefined)[], indent = ''): string {
  const lines = paragraphs
    .filter((paragraph) => paragraph !== undefined && paragraph !== '')
    .join('\n\n')
    .replaceAll('*/', '*\\/')
    .split('\n')
  if (lines.length === 1) return lines[0] === '' ? '' : `${indent}/** ${lines[0]} */\n`
  const body = lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')
  return `${indent}/**\n${body}\n${indent} */\n`
}
