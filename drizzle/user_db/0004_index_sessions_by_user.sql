CREATE INDEX "sessions_user_address" ON "sessions" USING btree ("user_id","address");--> statement-breakpoint
CREATE INDEX "sessions_user_live" ON "sessions" USING btree ("user_id") WHERE ended_at is null;
