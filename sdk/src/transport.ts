import type { CrmPromise } from './crm-promise.ts'
import type { CrmList, Page } from './list.ts'
import type { Input, Operation } from './operation.ts'
import type { CallOptions } from './request-options.ts'

/** What the generated methods send their operations by. */
export interface Transport {
  /** Resolves to what the operation answers, which is `T` by its document. */
  send<T>(operation: Operation, input: Input, options?: CallOptions): CrmPromise<T>
  /** The same for a list, whose pages are `P`. */
  list<P extends Page>(operation: Operation, input: Input, options?: CallOptions): CrmList<P>
}
