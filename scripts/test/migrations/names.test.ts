import t from 'tap'
import { nameProblem } from '../../migrations/names.ts'

t.test('a name of words that say what the migration does is good', async (t) => {
  for (const name of ['create_leads', 'add_lead_names', 'index_leads_by_2_columns']) t.equal(nameProblem(name), undefined, name)
})

t.test('a name that is no words_with_underscores is refused', async (t) => {
  for (const name of ['leads', 'Create_leads', 'create-leads', 'create leads', '_leads', 'create__leads', 'create_leads_', '']) {
    t.match(nameProblem(name), /words_with_underscores/, name)
  }
})

t.test("drizzle-kit's random names are refused, also those of several words", async (t) => {
  for (const name of ['wild_wolverine', 'aberrant_silver_surfer', 'tan_black_panther']) t.match(nameProblem(name), /random names/, name)
})
