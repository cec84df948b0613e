-- What the decisions made due is not this benchmark's matter: the next round begins without it.
DELETE FROM work WHERE kind <> 'decide_claim';
