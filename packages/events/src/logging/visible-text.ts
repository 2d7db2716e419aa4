// Controls, format characters (bidirectional overrides, zero width, tags), lone surrogates, line and paragraph separators.
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const shortForms: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * The text with everything a terminal would obey, hide or reorder written as JSON writes it (`\n`, `\u001b`), so that text of unknown
 * origin is shown on one line and does nothing. JSON text stays the same JSON.
 */
export function visibleText(text: string): string {
  return text.replaceAll(invisible, (character) => shortForms[character] ?? escaped(character))
}

/** The text, cut to so many UTF-16 units with an ellipsis as the last; never in the middle of a character. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text
  const kept = text.slice(0, Math.max(0, length - 1))
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}…`
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')
}
