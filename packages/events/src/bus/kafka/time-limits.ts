/**
 * Milliseconds that each part of a stop may take while the brokers hang. A process has 25 s to end: a worker stops its consumers, whose
 * deliveries finish or are cut off after 12 s by themselves (13) and which leave their group (2), then its relay, which is left behind after
 * 5 s by itself, then closes the bus (1): 21 s in all.
 */
export const timeLimits = {
  /** From the call to its end, whatever kafkajs tries in between. */
  publishMs: 6_000,
  /** A later call finds what was made meanwhile. A relay that does not get beyond this has no consumers with deliveries beside it. */
  createTopicsMs: 8_000,
  /** One answer of the group's coordinator. */
  commitMs: 3_000,
  /** Deliveries in flight, when the subscription stops. */
  finishMs: 13_000,
  leaveGroupMs: 2_000,
  disconnectMs: 1_000,
} as const
