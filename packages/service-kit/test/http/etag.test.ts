import t from 'tap'
import { etagOf, requireMatch } from '../../src/http/etag.ts'

t.test('the ETag is the version, quoted', async (t) => {
  t.equal(etagOf({ version: 7 }), '"7"')
})

const passes: [string, string | undefined][] = [
  ['none was sent', undefined],
  ['it names the version', '"7"'],
  ['it is *', '*'],
  ['it is * among spaces', ' * '],
  ['one of a list is the version', '"5", "7"'],
  ['a list has no spaces', '"7","9"'],
  ['a weak tag comes beside the strong one', 'W/"7", "7"'],
]
for (const [when, ifMatch] of passes) {
  t.test(`If-Match lets the write pass when ${when}`, async (t) => {
    t.doesNotThrow(() => requireMatch(ifMatch, { version: 7 }))
  })
}

const refuses: [string, string][] = [
  ['it names an older version', '"6"'],
  ['it names the version weakly', 'W/"7"'],
  ['none of a list is the version', '"5", "6"'],
  ['it is not quoted', '7'],
  ['it is half quoted', '"7'],
  ['it only starts with the version', '"70"'],
  ['it is empty', ''],
  ['it is no tag at all', 'version seven'],
]
for (const [when, ifMatch] of refuses) {
  t.test(`If-Match refuses the write with 412 and the current ETag when ${when}`, async (t) => {
    t.throws(() => requireMatch(ifMatch, { version: 7 }), {
      name: 'AppError',
      code: 'precondition_failed',
      status: 412,
      headers: { etag: '"7"' },
    })
  })
}
