CREATE TABLE "companies" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"parent_id" uuid,
	"ancestor_ids" uuid[] NOT NULL,
	"is_active" boolean NOT NULL,
	"version" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"search_text" text GENERATED ALWAYS AS (search_key(name)) STORED NOT NULL,
	CONSTRAINT "companies_ancestors_end_in_parent" CHECK (parent_id is not distinct from ancestor_ids[cardinality(ancestor_ids)])
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"fingerprint" text NOT NULL,
	"status" smallint NOT NULL,
	"body" json,
	"etag" text,
	"location" text,
	"record_id" uuid NOT NULL,
	"company_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"event_id" uuid NOT NULL,
	"type" text NOT NULL,
	"source" text NOT NULL,
	"record_id" text NOT NULL,
	"sequence" bigint,
	"payload" json NOT NULL,
	"request_id" text,
	"traceparent" text,
	"shard" smallint NOT NULL,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"published_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "outbox_relays" (
	"relay" text PRIMARY KEY NOT NULL,
	"alive_until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outbox_shards" (
	"shard" smallint PRIMARY KEY NOT NULL,
	"owner" text,
	"epoch" integer DEFAULT 0 NOT NULL,
	"leased_until" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"first_name" text,
	"last_name" text,
	"role" text NOT NULL,
	"company_id" uuid,
	"is_active" boolean NOT NULL,
	"password_hash" text,
	"version" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"full_name" text GENERATED ALWAYS AS (btrim(coalesce(first_name, '') || ' ' || coalesce(last_name, ''))) STORED NOT NULL,
	CONSTRAINT "users_role_is_known" CHECK (role in ('SYSTEM_ADMIN', 'PARENT_ADMIN', 'CHILD_USER')),
	CONSTRAINT "users_company_unless_system_admin" CHECK ((company_id is null) = (role = 'SYSTEM_ADMIN'))
);
--> statement-breakpoint
ALTER TABLE "companies" ADD CONSTRAINT "companies_parent_id_companies_id_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "companies_created_at" ON "companies" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "companies_updated_at" ON "companies" USING btree ("updated_at","id");--> statement-breakpoint
CREATE INDEX "companies_name" ON "companies" USING btree (name collate "unicode","id");--> statement-breakpoint
CREATE INDEX "companies_parent_id" ON "companies" USING btree ("parent_id");--> statement-breakpoint
CREATE INDEX "companies_ancestor_ids" ON "companies" USING gin ("ancestor_ids");--> statement-breakpoint
CREATE INDEX "companies_search_text" ON "companies" USING gin (search_text gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "idempotency_keys_created_at" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "idempotency_keys_record_id" ON "idempotency_keys" USING btree ("record_id");--> statement-breakpoint
CREATE INDEX "outbox_unpublished" ON "outbox" USING btree ("shard","id") WHERE published_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "users_email" ON "users" USING btree ("email");--> statement-breakpoint
CREATE INDEX "users_created_at" ON "users" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "users_updated_at" ON "users" USING btree ("updated_at","id");--> statement-breakpoint
CREATE INDEX "users_name" ON "users" USING btree (full_name collate "unicode","id");--> statement-breakpoint
CREATE INDEX "users_company_created_at" ON "users" USING btree ("company_id","created_at","id");--> statement-breakpoint
CREATE INDEX "users_system_admins" ON "users" USING btree ("id") WHERE role = 'SYSTEM_ADMIN';
