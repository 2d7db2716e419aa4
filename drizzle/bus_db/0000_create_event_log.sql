CREATE TABLE "group_offsets" (
	"group_name" text NOT NULL,
	"topic" text NOT NULL,
	"partition" smallint NOT NULL,
	"next_offset" bigint NOT NULL,
	"committed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "group_offsets_group_name_topic_partition_pk" PRIMARY KEY("group_name","topic","partition")
);
--> statement-breakpoint
CREATE TABLE "partitions" (
	"topic" text NOT NULL,
	"partition" smallint NOT NULL,
	"next_offset" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "partitions_topic_partition_pk" PRIMARY KEY("topic","partition")
);
--> statement-breakpoint
CREATE TABLE "records" (
	"topic" text NOT NULL,
	"partition" smallint NOT NULL,
	"record_offset" bigint NOT NULL,
	"key" "bytea",
	"value" "bytea",
	"headers" json NOT NULL,
	"stored_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "records_topic_partition_record_offset_pk" PRIMARY KEY("topic","partition","record_offset")
);
--> statement-breakpoint
CREATE TABLE "topics" (
	"name" text PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "partitions" ADD CONSTRAINT "partitions_topic_topics_name_fk" FOREIGN KEY ("topic") REFERENCES "public"."topics"("name") ON DELETE no action ON UPDATE no action;