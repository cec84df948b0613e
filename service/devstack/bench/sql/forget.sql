-- Claims that were only to be taken need no decision: the next trial is not to find their work.
DELETE FROM work WHERE kind = 'decide_claim';
