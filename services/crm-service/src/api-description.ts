import type { OpenApiOptions } from '@crm/service-kit/http/openapi.ts'

/** What the document of crm-service says of the service itself. */
export const apiDescription: OpenApiOptions = {
  title: 'crm-service',
  description:
    "Leads of the companies a user may work for. Every call names its user in `x-user-id`, and shows that user's access token where AUTH_MODE=token.",
  tags: [{ name: 'leads', description: 'People a company may sell to.' }],
}
