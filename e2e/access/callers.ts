export const roles = ['SYSTEM_ADMIN', 'PARENT_ADMIN', 'CHILD_USER'] as const
export type Role = (typeof roles)[number]

/** Those whom every operation but the open ones turns away. */
export const refusedCallers = ['deactivated', 'inactiveCompany', 'belowInactive', 'endedSession', 'anonymous'] as const
export type RefusedCaller = (typeof refusedCallers)[number]

/** A role, each at the middle company, or somebody whom nothing is answered. */
export type CallerKind = Role | RefusedCaller
