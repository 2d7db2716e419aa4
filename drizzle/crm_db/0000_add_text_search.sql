CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA public;--> statement-breakpoint
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;--> statement-breakpoint
-- Text without accents and case, the same on every machine: the dictionary is named in full, the collation is ICU's.
CREATE FUNCTION search_key(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN lower(public.unaccent('public.unaccent'::regdictionary, value) COLLATE "unicode");--> statement-breakpoint
-- A LIKE pattern for texts that contain the value. Wildcards are escaped last: unaccent makes a full-width '％' into '%'.
CREATE FUNCTION search_pattern(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN '%' || regexp_replace(search_key(value), '([\\%_])', '\\\1', 'g') || '%';
