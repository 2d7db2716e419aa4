import type { Static, TObject } from '@sinclair/typebox'

/** What producers promise about one type of event, and what consumers may rely on. Changes only add optional fields; anything else is a new type. */
export interface EventContract<Type extends string = string, Payload extends TObject = TObject> {
  /** Type of the event, and the name of its topic. */
  readonly type: Type
  /** The service whose fact it is, as CloudEvents' `source`. */
  readonly source: `/${string}`
  /**
   * `record-version`: each event carries the version the record has after the change, at most one event per version.
   * `none`: the events follow no record and have no order to keep.
   */
  readonly sequence: 'record-version' | 'none'
  readonly summary: string
  /** Open to fields it does not name: consumers ignore what they do not know. Its `examples` hold one payload or more. */
  readonly payload: Payload
}

export type PayloadOf<C extends EventContract> = Static<C['payload']>

/** Keeps the literal type and the payload's schema, so that events of the contract are typed by it. */
export function defineContract<const Type extends string, Payload extends TObject>(
  contract: EventContract<Type, Payload>,
): EventContract<Type, Payload> {
  return contract
}
