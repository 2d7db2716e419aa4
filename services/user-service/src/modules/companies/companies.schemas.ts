import { CompanyReference } from '@crm/service-kit/http/company-reference.ts'
import { Nullable, ref, Text, Timestamp, Uuid, Version, withExamples } from '@crm/service-kit/http/schemas.ts'
import { listQuery, pageOf } from '@crm/service-kit/paging/list-query.ts'
import { type Static, Type } from '@sinclair/typebox'
import { exampleCompany, newCompany, renamedCompany } from './companies.examples.ts'

const { id, name, parentId: exampleParentId } = exampleCompany

const companyName = () => Text({ minLength: 1, maxLength: 255, examples: [name] })
const companyId = (description?: string) => Uuid({ examples: [id], ...(description && { description }) })
const parentId = (description: string) => Uuid({ examples: [exampleParentId], description })
const isActive = (description: string) => Type.Boolean({ description, examples: [true] })

export const Company = withExamples(
  Type.Object(
    {
      id: companyId(),
      name: companyName(),
      parentId: Nullable(parentId('Never changes; null for a root.')),
      parent: Nullable(ref(CompanyReference)),
      isActive: isActive('The stored flag. The company is active only while all companies above it are, too.'),
      createdAt: Timestamp(),
      updatedAt: Timestamp(),
      version: Version(),
    },
    { $id: 'Company', description: 'A company in a tree of companies.' },
  ),
  [exampleCompany],
)
export type Company = Static<typeof Company>

export const CompanyCreate = withExamples(
  Type.Object(
    { name: companyName(), parentId: Type.Optional(Nullable(parentId('The company to create below; without it a root is created.'))) },
    { $id: 'CompanyCreate', additionalProperties: false },
  ),
  [{ name: newCompany.name, parentId: newCompany.parentId }],
)
export type CompanyCreate = Static<typeof CompanyCreate>

export const CompanyUpdate = withExamples(
  Type.Object(
    {
      name: Type.Optional(companyName()),
      isActive: Type.Optional(isActive('False makes the records of the company and all below it read-only and turns their users away.')),
    },
    { $id: 'CompanyUpdate', additionalProperties: false, minProperties: 1 },
  ),
  [{ name: renamedCompany.name }],
)
export type CompanyUpdate = Static<typeof CompanyUpdate>

export const CompanyPage = pageOf(Company, { $id: 'CompanyPage' })

export const CompanyListQuery = listQuery(['createdAt', '-createdAt', 'updatedAt', '-updatedAt', 'name', '-name'], {
  parentId: Type.Optional(Uuid({ description: 'Only companies directly below this one.' })),
  q: Type.Optional(
    Text({ minLength: 3, maxLength: 200, description: 'Part of the name, whatever its case and accents.', examples: ['acme'] }),
  ),
})
export type CompanyListQuery = Static<typeof CompanyListQuery>

export const CompanyParams = Type.Object({ companyId: companyId('The company.') })

export const CompanyResolve = withExamples(
  Type.Object(
    {
      ids: Type.Array(companyId(), { maxItems: 200, description: 'Repeated ids are answered as often as they come.' }),
      includeDescendants: Type.Optional(Type.Boolean({ description: 'Adds the descendants that the caller may see.', examples: [false] })),
    },
    { $id: 'CompanyResolve', additionalProperties: false },
  ),
  [{ ids: [id] }],
)
export type CompanyResolve = Static<typeof CompanyResolve>

export const ResolvedCompany = withExamples(
  Type.Object(
    {
      id: companyId(),
      exists: Type.Boolean({ examples: [true] }),
      isActive: isActive('Whether the company and all above it are active; false for an unknown one.'),
      name: Nullable(Type.String({ description: 'Null unless the caller may see the company.', examples: [name] })),
      descendantIds: Type.Optional(
        Type.Array(companyId(), {
          description: 'Only with includeDescendants: companies below it, at any depth, that the caller may see.',
        }),
      ),
    },
    {
      $id: 'ResolvedCompany',
      description: 'What there is to know about a company that is named by its id.',
    },
  ),
  [{ id, exists: true, isActive: true, name }],
)
export type ResolvedCompany = Static<typeof ResolvedCompany>

export const CompanyResolution = withExamples(
  Type.Object({ data: Type.Array(ref(ResolvedCompany), { description: 'In the order of the ids.' }) }, { $id: 'CompanyResolution' }),
  [{ data: ResolvedCompany.examples }],
)
