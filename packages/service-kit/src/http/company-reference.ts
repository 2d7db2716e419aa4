import { type Static, Type } from '@sinclair/typebox'
import { Nullable, Uuid } from './schemas.ts'

/** A company as other records refer to it. */
export const CompanyReference = Type.Object(
  { id: Uuid({ examples: ['01980000-0000-7000-8000-00000000c002'] }), name: Nullable(Type.String({ examples: ['Acme West Division'] })) },
  { $id: 'CompanyReference', description: 'A company by name; the name is null where the caller may not see the company.' },
)
export type CompanyReference = Static<typeof CompanyReference>
