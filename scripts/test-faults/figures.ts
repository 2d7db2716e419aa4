import { Parser } from 'tap-parser'

/** What one fault test measured; see e2e/faults/figures.ts. */
export interface FaultFigures {
  fault: string
  figures: string
  /** Whether the test that printed it passed: the guarantee held. */
  held: boolean
}

const form = /^# figure: (.+?) \| (.+)$/

/** Reads the figures from the TAP output of a test file, in the order in which they were printed. */
export function readFigures(tap: string): FaultFigures[] {
  const found: FaultFigures[] = []
  const parser = new Parser()
  collect(parser, found)
  parser.end(tap)
  return found
}

/** A figure is of the innermost test that printed it; whether that passed is known at its end. */
function collect(parser: Parser, found: FaultFigures[]): void {
  const own: FaultFigures[] = []
  parser.on('comment', (comment: string) => {
    const [, fault, figures] = form.exec(comment.trim()) ?? []
    if (fault === undefined || figures === undefined) return
    const figure = { fault, figures, held: false }
    own.push(figure)
    found.push(figure)
  })
  parser.on('complete', ({ ok, count }) => {
    // A test that was cut off before its first assertion is fine to the parser.
    for (const figure of own) figure.held = ok && count > 0
  })
  parser.on('child', (child: Parser) => collect(child, found))
}

/** A markdown table, a line for each fault. */
export function describeFigures(rows: readonly FaultFigures[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|')
  const lines = rows.map(({ fault, held, figures }) => `| ${cell(fault)} | ${held ? 'yes' : 'NO'} | ${cell(figures)} |`)
  return ['| fault | held | figures |', '|---|---|---|', ...lines].join('\n')
}
