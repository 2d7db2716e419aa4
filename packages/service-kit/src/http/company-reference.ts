import { type Static, Type } from '@sinclair/typebox'
import { Nullable, Uuid } from './schemas.ts'

const example = { id: '01980000-0000-7000-8000-00000000c002', name: 'Acme West Division' }

/** A company as other records refer to it. */
export const CompanyReference = Type.Object(
  { id: Uuid({ examples: [example.id] }), name: Nullable(Type.String({ examples: [example.name] })) },
  {
    $id: 'CompanyReference',
    description: 'A company by name; the name is null where the caller may not see the company.',
    examples: [example],
  },
)
export type CompanyReference = Static<typeof CompanyReference>
