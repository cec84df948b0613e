"""Photos: how they come, and what is known of them."""

from marshmallow import Schema, fields

from schemas.fields import word
from schemas.vocabulary import EvidenceKind


class EvidenceAsked(Schema):
    """What the photo is said to show."""

    kind = word(EvidenceKind, load_default=None)


class EvidenceKept(Schema):
    """A photo that is on disk."""

    id = fields.String()
    sha256 = fields.String()
    media_type = fields.String()
    kind = fields.String()
    size_bytes = fields.Integer()


class SignalShown(Schema):
    """Something about a photo that a person should weigh; it proves nothing."""

    name = fields.String()
    because = fields.String()
    detail = fields.Dict()


class EvidenceShown(EvidenceKept):
    """A photo with what decoding told; `status` is pending until a worker has decoded it."""

    status = fields.String()
    width = fields.Integer(allow_none=True)
    height = fields.Integer(allow_none=True)
    signals = fields.List(fields.Nested(SignalShown))
    refusal = fields.String(allow_none=True)
    received_at = fields.DateTime()
    inspected_at = fields.DateTime(allow_none=True)
