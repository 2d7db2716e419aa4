import t from 'tap'
import { AppError } from '../../src/errors/app-error.ts'
import { type ProblemCode, problemCodes } from '../../src/errors/codes.ts'
import { Problem, problemResponses, toProblem } from '../../src/errors/problem-details.ts'
import { answerCheck } from '../../src/http-client/answer-check.ts'

interface Documented {
  description: string
  content: {
    'application/problem+json': { schema: { $ref: string }; 'x-problem-codes': string[]; examples: Record<string, { value: unknown }> }
  }
}

const isProblem = answerCheck(Problem)
const always = ['validation_failed', 'unauthenticated', 'misdirected_request', 'internal_error', 'unavailable']
const codesOf = (responses: Record<number, object>) =>
  Object.values(responses as Record<number, Documented>)
    .flatMap(({ content }) => content['application/problem+json']['x-problem-codes'])
    .sort()

t.test('every code makes a problem that keeps to the documented schema', async (t) => {
  for (const code of Object.keys(problemCodes) as ProblemCode[]) {
    const problem = toProblem(new AppError(code, 'why'), { url: '/v1/leads?q=x', id: 'r-1' })
    t.ok(isProblem(problem), code)
    t.match(problem, { code, status: problemCodes[code].status, title: problemCodes[code].title, requestId: 'r-1' })
    t.equal(problem.instance, '/v1/leads', 'without the query, which may hold what is private')
  }
})

t.test('an operation documents what every operation answers, and its own codes, each under its status', async (t) => {
  t.strictSame(codesOf(problemResponses()), [...always].sort())
  const own: ProblemCode[] = ['not_found', 'company_inactive', 'idempotency_key_reused', 'lead_already_exists']
  const responses = problemResponses(...own)
  t.strictSame(codesOf(responses), [...always, ...own].sort())
  for (const [status, { description, content }] of Object.entries(responses as Record<string, Documented>)) {
    const { schema, examples, 'x-problem-codes': codes } = content['application/problem+json']
    t.equal(schema.$ref, 'Problem#')
    t.strictSame(Object.keys(examples), codes, 'each code has its example')
    for (const [code, { value }] of Object.entries(examples)) {
      t.match(value, { code, status: Number(status) })
      t.ok(isProblem(value), `the example of ${code}`)
      t.match(description, `\`${code}\``)
    }
  }
})

t.test('the example of a code that carries more shows it', async (t) => {
  const responses = problemResponses('lead_already_exists', 'invalid_status_transition') as Record<number, Documented>
  const example = (status: number, code: string) => responses[status]?.content['application/problem+json'].examples[code]?.value
  t.match(example(400, 'validation_failed'), { errors: [{ pointer: /^\/query\//, message: String }] })
  t.match(example(409, 'lead_already_exists'), { existingId: String })
  t.match(example(422, 'invalid_status_transition'), { errors: [{ pointer: '/body/status', message: String }] })
  t.notMatch(example(401, 'unauthenticated'), { errors: Array })
})

t.test('a code named twice is documented once', async (t) => {
  t.strictSame(problemResponses('unavailable', 'not_found', 'not_found'), problemResponses('not_found'))
})
