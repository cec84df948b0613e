"""What people send when they act on a claim."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from schemas.claims import MOST_PHOTOS, WHOLE_BP, photos
from schemas.fields import money, text, whole

MOST_REASON = 2000


class EvidenceAdded(Schema):
    """Photos for the claim, uploaded before."""

    evidence = photos(required=True)

    @validates_schema
    def adds_something(self, added: dict[str, Any], **_: Any) -> None:
        """Nothing added is no action."""
        if not added["evidence"] or len(set(added["evidence"])) != len(added["evidence"]):
            raise ValidationError(f"give 1 to {MOST_PHOTOS} photos, each once", "evidence")


class Response(Schema):
    """The farmer's answer; contested, the claim goes to a person."""

    answer = fields.String(required=True, validate=validate.OneOf(["agree", "contest"], error="give agree or contest"))
    note = text(MOST_REASON, load_default="", allow_none=True)


class MaybeReason(Schema):
    """Why, if someone wants to say it."""

    reason = text(MOST_REASON, load_default="", allow_none=True)


class Reason(Schema):
    """Why; it stands on the receipt."""

    reason = text(MOST_REASON, least=1, required=True)


class Approval(Schema):
    """What a person grants: an amount, a share of the line, or (neither given) what was asked."""

    amount = money(load_default=None, allow_none=True)
    share_bp = whole(1, WHOLE_BP, load_default=None, allow_none=True)
    reason = text(MOST_REASON, least=1, required=True)

    @validates_schema
    def is_said_one_way(self, approval: dict[str, Any], **_: Any) -> None:
        """Two figures could contradict each other."""
        if approval["amount"] is not None and approval["share_bp"] is not None:
            raise ValidationError("give an amount or a share_bp, not both", "share_bp")


class InfoRequest(Schema):
    """What the platform wants to know from the buyer."""

    message = text(MOST_REASON, least=1, required=True)
