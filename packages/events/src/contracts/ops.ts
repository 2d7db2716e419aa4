import { Type } from '@sinclair/typebox'
import { defineContract } from './contract.ts'
import { ActorUserId, Id, Nullable } from './fields.ts'

const example = {
  deadLetterId: '702ba10c55d1',
  companyId: null,
  actorUserId: null,
  group: 'crm-worker.qualify-lead',
  topic: 'lead.created',
  partition: 3,
  offset: 1042,
  eventId: '01980000-0000-7000-8000-0000000e0001',
  errorClass: 'TypeError',
}

export const deadLetterReplayed = defineContract({
  type: 'ops.dead-letter.replayed',
  source: '/operations',
  sequence: 'none',
  summary: 'An operator sent a dead letter again, for the group that had given it up.',
  payload: Type.Object(
    {
      deadLetterId: Type.String({ pattern: '^[0-9a-f]{12}$', description: 'The dead letter, as the operators see it.' }),
      companyId: Nullable(Id("Always null: it is the operators' event and no company's.")),
      actorUserId: ActorUserId(),
      group: Type.String({ description: 'The consumer group it was sent again for.' }),
      topic: Type.String({ description: 'The topic it was sent to again.' }),
      partition: Nullable(Type.Integer({ description: 'The partition it was given up in; null when that is not known.' })),
      offset: Nullable(Type.Integer({ description: 'The offset it was given up at; null when that is not known.' })),
      eventId: Nullable(Id('The event that was sent again; null when the record has no valid id.')),
      errorClass: Type.String({ description: 'The kind of error it was given up for.' }),
    },
    { examples: [example] },
  ),
})

export const opsContracts = [deadLetterReplayed]
