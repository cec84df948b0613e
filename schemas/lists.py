"""How lists are asked for and answered."""

from marshmallow import Schema, fields, validate


class PageAsked(Schema):
    """Which part of a list: `cursor` is the `next_cursor` of the part before."""

    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(1, 200, error="give 1 to 200"),
        error_messages={"invalid": "give a whole number from 1 to 200"},
    )
    cursor = fields.String(
        load_default=None,
        validate=validate.Regexp(
            r"[a-z]{3}_[0-9a-f]{32}\Z", error="give the next_cursor of the page before, as it came"
        ),
    )
