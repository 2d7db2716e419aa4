/** Where the parts of the example API are, as JSON pointers. */
export const things = '/paths/~1things'
export const thing = '/paths/~1things~1{thingId}'
export const limit = `${things}/get/parameters/0`
export const schemas = '/components/schemas'
export const sent = `${schemas}/ThingCreate`
export const answered = `${schemas}/Thing`

/** The schema of a text. */
export const word = { type: 'string' }
