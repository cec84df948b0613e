"""Decision receipts: facts, findings, arithmetic, policy version, shares."""

from marshmallow import Schema, fields

from schemas.claims import LiabilityShown
from schemas.fields import money


class PolicyShown(Schema):
    """The policy in force when the order was paid."""

    version = fields.String()
    id = fields.String()


class FindingShown(Schema):
    """One rule's result, in a sentence that each party can check."""

    rule = fields.String()
    verdict = fields.String()
    because = fields.String()


class ReceiptShown(Schema):
    """One decision on the claim, or one attribution of its cost (`kind`); what a kind does not have is empty."""

    decision_id = fields.String()
    kind = fields.String()
    decided_at = fields.DateTime()
    policy = fields.Nested(PolicyShown)
    outcome = fields.String()
    amount = money()
    guarantee = fields.String(allow_none=True)
    decided_by = fields.String(allow_none=True)
    deciding_rule = fields.String(allow_none=True)
    because = fields.String(allow_none=True)
    share_bp = fields.Integer(allow_none=True)
    arithmetic = fields.List(fields.String())
    findings = fields.List(fields.Nested(FindingShown))
    liability = fields.List(fields.Nested(LiabilityShown))
    unknown_facts = fields.List(fields.String(), data_key="unknown")
    facts = fields.Dict()


class ReceiptsShown(Schema):
    """All receipts of a claim, oldest first."""

    claim_id = fields.String()
    receipts = fields.List(fields.Nested(ReceiptShown))
