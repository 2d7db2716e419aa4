import { allContracts } from '../../packages/events/src/contracts/all.ts'
import { crmWorkerConsumers } from '../../services/crm-service/src/consumers/crm-worker-consumers.ts'
import { markdownTable } from './markdown.ts'

/** Every topic, what its events say, how they are ordered, and the groups that consume them. */
export function topicsTable(): string {
  const rows = allContracts.map(({ type, source, summary, sequence }) => {
    const order = sequence === 'record-version' ? 'by record, `ce_sequence` is its version' : 'none'
    const groups = crmWorkerConsumers.filter(({ on }) => on.some((contract) => contract.type === type)).map(({ group }) => `\`${group}\``)
    return [`\`${type}\``, `\`${source}\``, summary, order, groups.join(', ')]
  })
  return markdownTable(['topic', 'from', 'says', 'order', 'consumer groups'], rows)
}
