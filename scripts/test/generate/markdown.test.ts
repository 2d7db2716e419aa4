import t from 'tap'
import { markdownTable, withSection } from '../../generate/markdown.ts'
import { methodSection } from '../../generate/method-section.ts'
import { withVersion } from '../../generate/sdk.ts'

t.test('a section is replaced between its marks, and refused where there are none', async (t) => {
  const text = 'a\n<!-- x -->\nold\n<!-- /x -->\nb\n'
  t.equal(withSection(text, 'x', 'new'), 'a\n<!-- x -->\nnew\n<!-- /x -->\nb\n')
  t.throws(() => withSection(text, 'y', 'new'), { message: 'there is no <!-- y --> … <!-- /y -->' })
})

t.test('a cell of a table stays one cell, whatever is in it', async (t) => {
  t.equal(markdownTable(['a', 'b'], [['x | y', 'one\n  two']]), '| a | b |\n|---|---|\n| x \\| y | one two |')
})

t.test('methods are listed by resource, a table each', async (t) => {
  const table = { resource: 'leads', head: ['method', 'gives'], rows: [['`crm.leads.get(leadId)`', '`Lead | void`']] }
  const leftOut = [{ name: 'GET /v1/stream', why: 'answers text/event-stream' }]
  const section = '\n### leads\n\n| method | gives |\n|---|---|\n| `crm.leads.get(leadId)` | `Lead \\| void` |\n'
  t.equal(methodSection({ tables: [table], leftOut: [] }), section)
  const note = '\n### Without a method\n\n| operation | why |\n|---|---|\n| `GET /v1/stream` | It answers text/event-stream. |\n'
  t.equal(methodSection({ tables: [table], leftOut }), section + note)
})

t.test('the manifest gets the version and keeps all else as it is', async (t) => {
  const manifest = '{\n  "name": "sdk",\n  "version": "0.1.0",\n  "engines": { "version": "1" }\n}\n'
  t.equal(withVersion(manifest, '0.2.0'), manifest.replace('0.1.0', '0.2.0'))
  t.throws(() => withVersion('{}', '0.2.0'), { message: 'sdk/package.json names no version' })
})
