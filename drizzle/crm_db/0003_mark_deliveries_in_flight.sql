CREATE TABLE "deliveries" (
	"group_name" text NOT NULL,
	"topic" text NOT NULL,
	"partition" integer NOT NULL,
	"consumer" text NOT NULL,
	"first_offset" bigint,
	"last_offset" bigint,
	"suspicion" json,
	CONSTRAINT "deliveries_group_name_topic_partition_pk" PRIMARY KEY("group_name","topic","partition")
);

