"""Orders as the order service describes them, and as they are answered."""

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from schemas.fields import (
    MOST_VERSION,
    Flag,
    Measure,
    Moment,
    currency,
    identifier,
    money,
    text,
    unspaced,
    whole,
)

MOST_LINES = 200


class Buyer(Schema):
    """Who bought; `senior` opens the longer windows of 银发族."""

    id = identifier(required=True)
    senior = Flag(load_default=False)


class Farmer(Schema):
    """Who sold."""

    id = identifier(required=True)
    name = text(200, load_default="", allow_none=True)


class Destination(Schema):
    """Where the parcel goes: lanes and remote regions are found by its code, or by the names where none is given."""

    province = text(64, least=1, required=True, metadata={"example": "新疆维吾尔自治区"})
    city = text(64, load_default="", allow_none=True)
    district = text(64, load_default="", allow_none=True)
    village = text(128, load_default="", allow_none=True)
    phone_tail = fields.String(
        load_default="",
        validate=validate.Regexp(
            r"(\d{4})?\Z", error="give the last four digits of the phone, which SF and ZTO ask for"
        ),
        error_messages={"invalid": "give the digits as a text in quotes"},
    )
    code = fields.String(
        load_default="",
        allow_none=True,
        validate=validate.Regexp(
            r"(\d{6}|\d{9}|\d{12})?\Z",
            error="give the administrative division code (GB/T 2260) in 6 digits, or 9 or 12 down to the village",
        ),
        metadata={"example": "653121"},
    )


class Line(Schema):
    """One line; `paid` is what the buyer paid for all of it, without freight."""

    line_id = identifier(required=True)
    commodity = identifier(64, required=True, metadata={"example": "strawberry"})
    title = text(500, load_default="", allow_none=True)
    quantity = Measure(above=0, most=1e9, required=True)
    unit = text(32, load_default="", allow_none=True)
    paid = money(required=True)


class Waybill(Schema):
    """A carrier's number for the parcel; leg 2 starts at a hub."""

    carrier = unspaced(64, required=True)
    number = unspaced(64, required=True)
    leg = whole(1, 9, load_default=1)


class Payment(Schema):
    """How the order was paid, so that a refund can go back the same way."""

    channel = text(64, load_default="", allow_none=True)
    transaction_id = text(128, load_default="", allow_none=True)


class OrderAsked(Schema):
    """A snapshot at a version; fields unknown here are kept with it, for an order service grows."""

    class Meta:
        unknown = EXCLUDE

    version = whole(0, MOST_VERSION, required=True)
    buyer = fields.Nested(Buyer, required=True)
    farmer = fields.Nested(Farmer, required=True)
    currency = currency(required=True)
    paid_at = Moment(required=True)
    ship_by = Moment(load_default=None, allow_none=True)
    presale = Flag(load_default=False)
    destination = fields.Nested(Destination, required=True)
    lines = fields.List(
        fields.Nested(Line),
        required=True,
        validate=validate.Length(1, MOST_LINES, error=f"give 1 to {MOST_LINES} lines"),
    )
    freight = money(load_default=None, allow_none=True)
    waybills = fields.List(
        fields.Nested(Waybill),
        load_default=list,
        validate=validate.Length(0, 50, error="give at most 50 waybills"),
    )
    payment = fields.Nested(Payment, load_default=None, allow_none=True)
    app = identifier(
        load_default=None,
        allow_none=True,
        metadata={"description": "the client id of the buyer's app: what the service opens on this order is its own"},
    )
    status = fields.String(
        load_default="paid",
        validate=validate.Regexp(
            r"[a-z][a-z0-9_]{0,39}\Z",
            error="give a lower-case word such as paid, shipped, out_of_stock or cancelled",
        ),
    )

    @validates_schema
    def agrees_with_itself(self, order: dict[str, Any], **_: Any) -> None:
        """One currency, and every line and waybill once."""
        named = [(f"lines.{i}.paid", line["paid"]) for i, line in enumerate(order["lines"])]
        named += [("freight", order["freight"])] if order["freight"] else []
        for field, amount in named:
            if amount["currency"] != order["currency"]:
                raise ValidationError(
                    f"{amount['currency']} in an order of {order['currency']}: an order has one currency",
                    f"{field}.currency",
                )
        _once([line["line_id"] for line in order["lines"]], "lines", "line_id")
        _once([(w["carrier"], w["number"]) for w in order["waybills"]], "waybills", "number")


def _once(keys: list[Any], listed: str, field: str) -> None:
    seen: set[Any] = set()
    for place, key in enumerate(keys):
        if key in seen:
            raise ValidationError(f"{key} is there twice: name each once", f"{listed}.{place}.{field}")
        seen.add(key)


class OrderKept(Schema):
    """What became of a snapshot."""

    order_id = fields.String()
    version = fields.Integer()
    result = fields.String(validate=validate.OneOf(["created", "updated", "same"]))


class Clock(Schema):
    """One promise's clock on this order; `line_id`, `leg` or `claim_id` where it runs for one of them.

    `extended` names the force majeure that stopped it, empty where nothing did.
    """

    guarantee = fields.String()
    name_zh = fields.String()
    clock = fields.String()
    line_id = fields.String(allow_none=True)
    leg = fields.Integer(allow_none=True)
    claim_id = fields.String(allow_none=True)
    hours = fields.Float()
    due_at = fields.DateTime(allow_none=True)
    seconds_left = fields.Integer(allow_none=True)
    status = fields.String(validate=validate.OneOf(["not_started", "running", "met", "missed", "closed"]))
    extended = fields.String()


class Route(Schema):
    """Whether the parcel's way led to the address; null where the carrier's places do not tell."""

    leads_to_address = fields.Boolean(allow_none=True)
    because = fields.String()


class TrackingShown(Schema):
    """One event on the parcel's way; without a step it is a reading, or a code that no table knows."""

    carrier = fields.String()
    number = fields.String()
    leg = fields.Integer()
    event_time = fields.DateTime()
    step = fields.String(allow_none=True)
    cause = fields.String(allow_none=True)
    place = fields.String(allow_none=True)
    celsius = fields.Float(allow_none=True)
    air = fields.String(allow_none=True)
    device = fields.String(allow_none=True)
    provider = fields.String()
    weakly_signed = fields.Boolean()
    zone_source = fields.String()
    assumed_zone = fields.String(allow_none=True)
    raw_code = fields.String(allow_none=True)
    raw_text = fields.String(allow_none=True)
    payload_id = fields.String(allow_none=True)
    recorded_at = fields.DateTime()


class ContradictionShown(Schema):
    """Two providers of tracking that cannot both be right about a waybill."""

    carrier = fields.String()
    number = fields.String()
    providers = fields.List(fields.String())
    because = fields.String()


class OrderShown(Schema):
    """An order with its clocks and its parcel's way."""

    order_id = fields.String()
    version = fields.Integer()
    status = fields.String()
    policy_id = fields.String()
    policy_version = fields.String()
    snapshot = fields.Dict()
    guarantees = fields.List(fields.Nested(Clock))
    route = fields.Nested(Route)
    tracking = fields.List(fields.Nested(TrackingShown))
    contradictions = fields.List(fields.Nested(ContradictionShown))
    recorded_at = fields.DateTime()
