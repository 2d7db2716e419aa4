import { CompanyReference } from '@crm/service-kit/http/company-reference.ts'
import { Email, OneOf, ref, Text, Timestamp, Uuid, Version } from '@crm/service-kit/http/schemas.ts'
import { listQuery, pageOf } from '@crm/service-kit/paging/list-query.ts'
import { type Static, Type } from '@sinclair/typebox'

// Of the sample data, so that an example can be tried as it is.
const acmeWest = '01980000-0000-7000-8000-00000000c002'
const companyId = (description?: string) => Uuid({ examples: [acmeWest], ...(description && { description }) })
const leadName = () => Text({ minLength: 1, maxLength: 255, examples: ['Leonie Köhler'] })

export const LeadStatus = OneOf(['NEW', 'QUALIFIED', 'CONTACTED', 'REJECTED'], {
  $id: 'LeadStatus',
  description: 'NEW at birth; the system makes NEW into QUALIFIED; people set CONTACTED or REJECTED.',
  examples: ['QUALIFIED'],
})
export type LeadStatus = Static<typeof LeadStatus>

export const Lead = Type.Object(
  {
    id: Uuid(),
    name: leadName(),
    email: Email(),
    status: ref(LeadStatus),
    companyId: companyId('Never changes.'),
    company: Type.Optional(ref(CompanyReference)),
    createdAt: Timestamp(),
    updatedAt: Timestamp(),
    version: Version(),
  },
  { $id: 'Lead', description: 'Somebody a company may sell to. One live lead per company and email.' },
)
export type Lead = Static<typeof Lead>

export const LeadCreate = Type.Object(
  { name: leadName(), email: Email(), companyId: companyId() },
  { $id: 'LeadCreate', additionalProperties: false },
)
export type LeadCreate = Static<typeof LeadCreate>

export const LeadUpdate = Type.Object(
  { name: Type.Optional(leadName()), status: Type.Optional(ref(LeadStatus)) },
  { $id: 'LeadUpdate', additionalProperties: false, minProperties: 1, examples: [{ status: 'CONTACTED' }] },
)
export type LeadUpdate = Static<typeof LeadUpdate>

export const LeadPage = pageOf(ref(Lead), { $id: 'LeadPage' })

export const leadOrders = ['createdAt', '-createdAt', 'updatedAt', '-updatedAt', 'name', '-name'] as const

const expand = Type.Optional(Type.Literal('company', { description: 'Adds `company` with the name of the company.' }))

export const LeadListQuery = listQuery(leadOrders, {
  status: Type.Optional(ref(LeadStatus)),
  companyId: Type.Optional(Uuid({ description: 'Only leads of this company.' })),
  includeDescendants: Type.Optional(Type.Boolean({ description: 'With companyId: also leads of the companies below it.' })),
  q: Type.Optional(
    Text({ minLength: 3, maxLength: 200, description: 'Part of the name or email, whatever its case and accents.', examples: ['kohler'] }),
  ),
  expand,
})
export type LeadListQuery = Static<typeof LeadListQuery>

export const LeadGetQuery = Type.Object({ expand }, { additionalProperties: false })

export const LeadParams = Type.Object({ leadId: Uuid() })
