-- Steps of the kinds :kinds that are due, leased or about to be.
SELECT count(*) FROM work WHERE kind = ANY(:'kinds'::text[]) AND due_at < now() + interval '1 hour';
