"""How lists are asked for and answered."""

from marshmallow import Schema, fields, validate

from schemas.fields import text


class PageAsked(Schema):
    """Which part of a list: `cursor` is the `next_cursor` of the part before."""

    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(1, 200, error="give 1 to 200"),
        error_messages={"invalid": "give a whole number from 1 to 200"},
    )
    cursor = text(128, load_default=None)
