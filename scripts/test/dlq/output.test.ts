import t from 'tap'
import { type Column, tableLines } from '../../command-line/table.ts'
import { prettyJson } from '../../dlq/pretty-json.ts'
import { headerLine, shownBytes } from '../../dlq/value-lines.ts'

t.test('the last column is cut to the width of the terminal, the others are whole', async (t) => {
  const rows = [
    { id: 'a', reason: 'short' },
    { id: 'a long one', reason: 'a reason of more than forty characters, which goes on' },
  ]
  const columns: Column<{ id: string; reason: string }>[] = [
    { title: 'ID', text: ({ id }) => id },
    { title: 'REASON', text: ({ reason }) => reason },
  ]
  t.strictSame(tableLines(rows, columns, 40), ['ID          REASON', 'a           short', 'a long one  a reason of more than forty…'])
  t.equal(tableLines(rows, columns, 5)[2], 'a long one  a reason of more th…', 'never less than 20 characters of it')
  t.match(tableLines(rows, columns, Number.POSITIVE_INFINITY)[2], /which goes on$/)
})

t.test('JSON is indented and otherwise as it was written', async (t) => {
  const written = ' {"a":[1,{"b":{}}, []],"a":12345678901234567890,\n"text":"{[,:\\"]} \\u001b é" , "n":1e400}'
  t.equal(
    prettyJson(written),
    [
      '{',
      '  "a": [',
      '    1,',
      '    {',
      '      "b": {}',
      '    },',
      '    []',
      '  ],',
      '  "a": 12345678901234567890,',
      '  "text": "{[,:\\"]} \\u001b é",',
      '  "n": 1e400',
      '}',
    ].join('\n'),
  )
  for (const same of ['null', '"text"', '-1.50', '[]', '{}']) t.equal(prettyJson(same), same)
  for (const wrong of ['', '{', 'lead', "{'a':1}", '[1,]']) t.equal(prettyJson(wrong), undefined, wrong)
})

t.test('JSON of any depth and length is shown', async (t) => {
  const depth = 50_000
  t.doesNotThrow(() => prettyJson('['.repeat(depth) + ']'.repeat(depth)))
  const long = `"${'x\\n'.repeat(1_000_000)}"`
  t.ok(prettyJson(long) === long)
})

t.test('bytes are shown as what they are', async (t) => {
  t.same(shownBytes(null), { what: 'null', lines: [] })
  t.same(shownBytes(Buffer.alloc(0)), { what: 'text, 0 bytes', lines: [] })
  t.same(shownBytes(Buffer.from('{"a":1}')), { what: 'JSON, 7 bytes', lines: ['{', '  "a": 1', '}'] })
  t.same(shownBytes(Buffer.from('lead\u202e\n\tone')), { what: 'text, 12 bytes', lines: ['lead\\u202e', '\\tone'] })
  t.same(shownBytes(Buffer.from('a\u0000b')), { what: '3 bytes', lines: [`00000000  61 00 62 ${' '.repeat(39)} a.b`] })
  t.same(shownBytes(Buffer.from([0xff])).lines, [`00000000  ff ${' '.repeat(45)} .`])
  const { what, lines } = shownBytes(Buffer.alloc(2_000, 0xff))
  t.same([what, lines.length, lines.at(-1)], ['2000 bytes', 33, '... and 1488 more'])
  t.equal(shownBytes(Buffer.from('x'.repeat(10_000))).lines[0]?.length, 4_096)
})

t.test('a header is one line', async (t) => {
  t.equal(headerLine(Buffer.from('two\nlines')), 'two\\nlines')
  t.equal(headerLine(Buffer.from([0xc3, 0x28])), '0xc328')
})
