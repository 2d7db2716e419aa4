// Imported by node before a process of the product (`node --import arm.ts src/server.ts`): lets that process send itself a signal at a
// failpoint. The product's own code reads none of these variables.
import { armFailpoint, type Failpoint } from '../../packages/events/src/failpoints/failpoint.ts'

const known: Record<Failpoint, true> = { 'relay.sent': true, 'consumer.committed': true, 'dead-letter.stored': true }

const { FAILPOINT = '', FAILPOINT_AFTER = '1', FAILPOINT_SIGNAL = 'SIGKILL' } = process.env
const name = Object.keys(known).find((candidate): candidate is Failpoint => candidate === FAILPOINT)
if (name === undefined) throw new Error(`FAILPOINT '${FAILPOINT}' is none of ${Object.keys(known).join(', ')}`)

let passes = 0
armFailpoint(name, () => {
  passes++
  if (passes === Number(FAILPOINT_AFTER)) process.kill(process.pid, FAILPOINT_SIGNAL)
})
