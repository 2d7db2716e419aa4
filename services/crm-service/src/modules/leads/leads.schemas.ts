import { CompanyReference } from '@crm/service-kit/http/company-reference.ts'
import { Email, OneOf, ref, Text, Timestamp, Uuid, Version, withExamples } from '@crm/service-kit/http/schemas.ts'
import { listQuery, pageOf } from '@crm/service-kit/paging/list-query.ts'
import { type Static, Type } from '@sinclair/typebox'
import { contactedLead, newLead, qualifiedLead } from './leads.examples.ts'

const { name, email, companyId: ownerId } = newLead
const companyId = (description: string) => Uuid({ examples: [ownerId], description })
const leadName = () => Text({ minLength: 1, maxLength: 255, examples: [name] })

export const LeadStatus = OneOf(['NEW', 'QUALIFIED', 'CONTACTED', 'REJECTED'], {
  $id: 'LeadStatus',
  description: 'NEW at birth; the system makes NEW into QUALIFIED; people set CONTACTED or REJECTED.',
  examples: ['QUALIFIED'],
})
export type LeadStatus = Static<typeof LeadStatus>

export const Lead = withExamples(
  Type.Object(
    {
      id: Uuid(),
      name: leadName(),
      email: Email(),
      status: ref(LeadStatus),
      companyId: companyId('Never changes.'),
      company: Type.Optional(ref(CompanyReference, { description: 'Only with expand=company.' })),
      createdAt: Timestamp(),
      updatedAt: Timestamp(),
      version: Version(),
    },
    { $id: 'Lead', description: 'Somebody a company may sell to. One live lead per company and email.' },
  ),
  [qualifiedLead],
)
export type Lead = Static<typeof Lead>

export const LeadCreate = withExamples(
  Type.Object(
    { name: leadName(), email: Email(), companyId: companyId('The company that will own the lead.') },
    { $id: 'LeadCreate', additionalProperties: false },
  ),
  [{ name, email, companyId: ownerId }],
)
export type LeadCreate = Static<typeof LeadCreate>

export const LeadUpdate = withExamples(
  Type.Object(
    { name: Type.Optional(leadName()), status: Type.Optional(ref(LeadStatus)) },
    { $id: 'LeadUpdate', additionalProperties: false, minProperties: 1 },
  ),
  [{ status: contactedLead.status }],
)
export type LeadUpdate = Static<typeof LeadUpdate>

export const LeadPage = pageOf(Lead, { $id: 'LeadPage' })

export const leadOrders = ['createdAt', '-createdAt', 'updatedAt', '-updatedAt', 'name', '-name'] as const

const expand = Type.Optional(Type.Literal('company', { description: 'Adds `company` with the name of the company.' }))

export const LeadListQuery = listQuery(leadOrders, {
  status: Type.Optional(ref(LeadStatus, { description: 'Only leads with this status.' })),
  companyId: Type.Optional(Uuid({ description: 'Only leads of this company.' })),
  includeDescendants: Type.Optional(Type.Boolean({ description: 'With companyId: also leads of the companies below it.' })),
  q: Type.Optional(
    Text({ minLength: 3, maxLength: 200, description: 'Part of the name or email, whatever its case and accents.', examples: ['kohler'] }),
  ),
  expand,
})
export type LeadListQuery = Static<typeof LeadListQuery>

export const LeadGetQuery = Type.Object({ expand }, { additionalProperties: false })

export const LeadParams = Type.Object({ leadId: Uuid({ description: 'The lead.' }) })
