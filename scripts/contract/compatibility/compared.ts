import type { JsonObject } from '@crm/openapi/json.ts'
import type { Operation } from '@crm/openapi/operations.ts'
import type { SchemaComparison } from './schema-changes.ts'

/** Two versions of an OpenAPI document. */
export interface Documents {
  before: JsonObject
  after: JsonObject
  /** Both sides of every comparison of schemas. */
  schemas: Record<SchemaComparison['direction'], SchemaComparison>
}

/** An operation in both. */
export interface Operations {
  before: Operation
  after: Operation
}

/** The same part of two documents. */
export interface Versions<T> {
  before: T
  after: T
}
