/** Aligns columns: the first to the left, the others, being figures, to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  return rows
    .map((row) => {
      const cells = row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      return `  ${cells.join('   ')}`.trimEnd()
    })
    .join('\n')
}

export function fixed(value: number, digits = 0): string {
  return value.toFixed(digits)
}

/** A figure beside the goal it is held against. */
export function verdict(isMet: boolean): string {
  return isMet ? 'met' : 'MISSED'
}
