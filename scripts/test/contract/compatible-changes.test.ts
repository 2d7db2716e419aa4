import t from 'tap'
import { describeChange } from '../../contract/compatibility/change.ts'
import { openApiChanges } from '../../contract/compatibility/openapi-changes.ts'
import { sdkChanges } from '../../contract/compatibility/sdk-changes.ts'
import { changed } from './changed.ts'
import { compatible } from './compatible-changes.ts'
import { exampleApi } from './example-documents.ts'

t.test('no compatible change is flagged, by the API or by the SDK that is made from it', async (t) => {
  for (const { name, change } of compatible) {
    const [before, after] = [exampleApi(), changed(exampleApi(), change)]
    t.strictSame([...openApiChanges(before, after), ...sdkChanges(before, after)].map(describeChange), [], name)
  }
})
