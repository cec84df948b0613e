-- What the decisions made due now is not this benchmark's matter: the next round begins without it. What waits for a
-- day to come stays, as in life: a million rows deleted here would be a million dead ones for the next round.
DELETE FROM work
WHERE work_id = ANY(ARRAY(
    SELECT work_id
    FROM work
    WHERE kind <> 'decide_claim' AND due_at < now() + interval '1 minute'
    FOR UPDATE SKIP LOCKED
));
