// Imported by node before a process of the product (`node --import arm.ts src/server.ts`): lets that process send itself a signal at a
// failpoint, or lets its consumers be missed sooner when it is gone. The product's own code reads none of these variables.
import kafkajs from 'kafkajs'
import { armFailpoint, type Failpoint } from '../../packages/events/src/failpoints/failpoint.ts'

const known: Record<Failpoint, true> = { 'relay.sent': true, 'consumer.committed': true, 'dead-letter.stored': true }

const { FAILPOINT, FAILPOINT_AFTER = '1', FAILPOINT_SIGNAL = 'SIGKILL', SESSION_TIMEOUT_MS } = process.env
if (FAILPOINT !== undefined) armProcess(FAILPOINT)
if (SESSION_TIMEOUT_MS !== undefined) shortenSessions(Number(SESSION_TIMEOUT_MS))

function armProcess(asked: string): void {
  const name = Object.keys(known).find((candidate): candidate is Failpoint => candidate === asked)
  if (name === undefined) throw new Error(`FAILPOINT '${asked}' is none of ${Object.keys(known).join(', ')}`)
  let passes = 0
  armFailpoint(name, () => {
    passes++
    if (passes === Number(FAILPOINT_AFTER)) process.kill(process.pid, FAILPOINT_SIGNAL)
  })
}

/** The product's sessions last 10 s, and no setting of the broker's makes them shorter. */
function shortenSessions(sessionTimeout: number): void {
  const { prototype } = kafkajs.Kafka
  const { consumer } = prototype
  prototype.consumer = function (options) {
    return consumer.call(this, { ...options, sessionTimeout, heartbeatInterval: Math.floor(sessionTimeout / 3) })
  }
}
