import kafkajs from 'kafkajs'
import t from 'tap'
import { DecompressionError } from '../../../src/bus/kafka/compression/codecs.ts'
import { isOutage, isUnreadable, KafkaUnavailableError } from '../../../src/bus/kafka/outage.ts'

const { KafkaJSConnectionError, KafkaJSError, KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError } = kafkajs
const afterRetries = (cause: Error) => new KafkaJSNumberOfRetriesExceeded(cause, { retryCount: 5, retryTime: 1_000 })
const socketFault = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' })
const refused = (type: string, retriable: boolean) => new KafkaJSProtocolError(Object.assign(new Error(type), { type, code: 1, retriable }))

t.test('an error is an outage by its innermost cause, however often kafkajs has tried', async (t) => {
  const outages = [
    new KafkaUnavailableError('no answer'),
    new KafkaJSConnectionError('Connection timeout', { broker: 'localhost:9092' }),
    refused('LEADER_NOT_AVAILABLE', true),
    new KafkaJSError('The coordinator is loading'),
    socketFault,
    new Error('Broker not connected'),
  ]
  const others = [
    new DecompressionError('no gzip'),
    new RangeError('out of range'),
    new KafkaJSNonRetriableError('Invalid VarInt'),
    refused('MESSAGE_TOO_LARGE', false),
    new Error('a defect'),
  ]
  for (const error of outages) t.strictSame([isOutage(error), isOutage(afterRetries(error))], [true, true], error.message)
  for (const error of others) t.strictSame([isOutage(error), isOutage(afterRetries(error))], [false, false], error.message)
})

t.test('what cannot be read is told from other failures', async (t) => {
  t.ok(isUnreadable(afterRetries(new DecompressionError('no gzip'))))
  t.ok(isUnreadable(new RangeError('out of range')))
  t.notOk(isUnreadable(afterRetries(socketFault)))
})
