CREATE TABLE "consumer_partitions" (
	"group_name" text NOT NULL,
	"topic" text NOT NULL,
	"partition" integer NOT NULL,
	"owner" text NOT NULL,
	"in_flight_first" bigint,
	"in_flight_last" bigint,
	"retry_state" json,
	CONSTRAINT "consumer_partitions_group_name_topic_partition_pk" PRIMARY KEY("group_name","topic","partition")
);

