/** Ids of the sample data, beside those of @crm/testing. */
export const acme = '01980000-0000-7000-8000-00000000c001'
export const acmeEast = '01980000-0000-7000-8000-00000000c003'
export const globalAdmin = '01980000-0000-7000-8000-00000000a003'

/** An id that no record has. */
export const unknownId = '01980000-0000-7000-8000-00000000ffff'
