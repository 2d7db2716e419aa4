/** A type as TypeScript writes it, and the names in it that another file declares. */
export interface TypeText {
  text: string
  names: string[]
}

/** A name alone, or with what stands in its angle brackets. */
export function named(name: string, ...inner: TypeText[]): TypeText {
  const text = inner.length === 0 ? name : `${name}<${inner.map((type) => type.text).join(', ')}>`
  return { text, names: [name, ...inner.flatMap(({ names }) => names)] }
}

/** A type that the language itself has, or a literal. */
export function plain(text: string): TypeText {
  return { text, names: [] }
}

/** Types with an operator such as ` | ` between them; the same one once. */
export function joined(types: TypeText[], operator: string): TypeText {
  return { text: [...new Set(types.map(({ text }) => text))].join(operator), names: types.flatMap(({ names }) => names) }
}
