import { shortened } from '../../packages/events/src/logging/visible-text.ts'

export interface Column<Row> {
  title: string
  /** The cell's text, without control characters. */
  text(row: Row): string
}

const gap = '  '
const leastLast = 20

/** Lines of columns as wide as they need; the last one is cut to what is left of `width` characters, 20 at least. */
export function tableLines<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number): string[] {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ text }) => text(row)))]
  const widths = columns.map((_, at) => cells.reduce((widest, line) => Math.max(widest, line[at]?.length ?? 0), 0))
  const before = widths.slice(0, -1).reduce((sum, own) => sum + own + gap.length, 0)
  const last = Math.max(leastLast, width - before)
  return cells.map((line) =>
    line
      .map((cell, at) => (at === columns.length - 1 ? shortened(cell, last) : cell.padEnd(widths[at] ?? 0)))
      .join(gap)
      .trimEnd(),
  )
}
