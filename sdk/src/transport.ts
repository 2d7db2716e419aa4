import type { CrmPromise } from './crm-promise.ts'
import type { CrmList, Page } from './list.ts'
import type { DocumentedOperation, Input } from './operation.ts'
import type { Decision, ListId, OperationId, OperationInput, Path, RecordAt, ResponseBody } from './operation-types.ts'
import type { CallOptions, RequestOptions } from './request-options.ts'

/** What the generated methods send their operations by; what it takes and gives is what the document says of the operation's id. */
export interface Transport {
  send<Id extends OperationId, RecordPath extends Path = never>(
    operation: DocumentedOperation<Id, RecordPath>,
    input: OperationInput<Id> & Input,
    options?: CallOptions<RecordAt<RecordPath>, Decision<Id>>,
  ): CrmPromise<ResponseBody<Id>>
  /** The same for a list. */
  list<Id extends ListId>(
    operation: DocumentedOperation<Id, never>,
    input: OperationInput<Id> & Input,
    options?: RequestOptions,
  ): CrmList<Extract<ResponseBody<Id>, Page>>
}
