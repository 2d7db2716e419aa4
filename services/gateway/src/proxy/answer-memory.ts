import type { FastifyReply } from 'fastify'
import { whenOver } from '../exchange/when-over.ts'

/** Room for answers that have been read from a service, and not yet by their clients. */
export interface AnswerMemory {
  /**
   * Takes room for an answer until the exchange is over. When there is none, the oldest answers of the user who holds the most are cut
   * off for it; false when that is whoever asks.
   */
  hold(reply: FastifyReply, bytes: number): boolean
}

interface HeldAnswer {
  owner: string
  bytes: number
  reply: FastifyReply
}

/** Room for so many bytes. */
export function createAnswerMemory(capacity: number): AnswerMemory {
  /** The oldest first. */
  const answers = new Set<HeldAnswer>()
  let free = capacity
  const release = (answer: HeldAnswer) => {
    if (answers.delete(answer)) free += answer.bytes
  }
  return {
    hold(reply, bytes) {
      const answer = { owner: reply.request.userId ?? reply.request.ip, bytes, reply }
      while (free < bytes) {
        const givesWay = oldestOfHeaviest(answers, answer)
        if (givesWay === undefined) return false
        release(givesWay)
        givesWay.reply.request.raw.socket.destroy()
      }
      answers.add(answer)
      free -= bytes
      whenOver(reply, () => release(answer))
      return true
    },
  }
}

/** Undefined when nobody holds more than the owner of the new answer would. */
function oldestOfHeaviest(answers: ReadonlySet<HeldAnswer>, added: HeldAnswer): HeldAnswer | undefined {
  const heldBy = new Map([[added.owner, added.bytes]])
  for (const { owner, bytes } of answers) heldBy.set(owner, (heldBy.get(owner) ?? 0) + bytes)
  const [heaviest] = [...heldBy].reduce((most, next) => (next[1] > most[1] ? next : most))
  return heaviest === added.owner ? undefined : [...answers].find(({ owner }) => owner === heaviest)
}
