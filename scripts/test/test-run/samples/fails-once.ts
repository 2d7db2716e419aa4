import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const mark = join(process.env.SAMPLE_FOLDER ?? '', 'mark')
t.ok(existsSync(mark), 'it ran before')
writeFileSync(mark, '')
