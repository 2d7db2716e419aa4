import { type TSchema, Type } from '@sinclair/typebox'

export const Id = (description: string) => Type.String({ format: 'uuid', description })

/** RFC 3339, UTC, milliseconds. */
export const Time = (description: string) => Type.String({ format: 'date-time', description })

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** Who caused the event. */
export const ActorUserId = () => Nullable(Type.String({ format: 'uuid', description: 'The user who did it; null for the system.' }))

/** One field's value before and after the change. */
export const Change = <T extends TSchema>(schema: T) => Type.Optional(Type.Object({ from: schema, to: schema }))
