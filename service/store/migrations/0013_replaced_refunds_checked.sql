-- What has to read all refunds is apart from the new columns: meanwhile refunds can be read, and claims come in.
ALTER TABLE refunds VALIDATE CONSTRAINT only_what_the_bank_refused_is_replaced;
CREATE UNIQUE INDEX a_refund_is_replaced_once ON refunds (replaces) WHERE replaces IS NOT NULL;
