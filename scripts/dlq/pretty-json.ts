const deepestIndent = 40

/** JSON text on indented lines, every number, string and repeated key as it was written; undefined when the text is no JSON. */
export function prettyJson(text: string): string | undefined {
  try {
    JSON.parse(text)
  } catch {
    return undefined
  }
  return indented(text)
}

/** Of JSON that is right. Reformatting the text, not the parsed value, keeps numbers that JavaScript cannot hold. */
function indented(text: string): string {
  const parts: string[] = []
  let depth = 0
  let afterOpening = false
  const newLine = () => `\n${'  '.repeat(Math.min(depth, deepestIndent))}`
  for (const [token] of text.matchAll(/"(?:[^"\\]+|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    const isClosing = token === '}' || token === ']'
    if (isClosing) depth--
    if (isClosing !== afterOpening) parts.push(newLine())
    afterOpening = token === '{' || token === '['
    if (afterOpening) depth++
    parts.push(token === ':' ? ': ' : token)
    if (token === ',') parts.push(newLine())
  }
  return parts.join('')
}
