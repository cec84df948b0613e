"""Form bodies byte by byte, for signatures that are made over a field as it was before the form was encoded."""

from collections.abc import Mapping
from urllib.parse import quote_plus, unquote_to_bytes

from service.carriers.base import PushRefused, PushUnreadable

MEDIA_TYPE = "application/x-www-form-urlencoded; charset=utf-8"
MOST_FIELDS = 64


def form_fields(body: bytes) -> dict[str, bytes]:
    """Return each field's decoded bytes; of a field given twice the first counts. Raises PushUnreadable."""
    if body.count(b"&") >= MOST_FIELDS:
        raise PushUnreadable(f"the body has over {MOST_FIELDS} form fields: send the documented ones")
    fields: dict[str, bytes] = {}
    for pair in body.split(b"&"):
        name, _, value = pair.partition(b"=")
        fields.setdefault(_decoded(name).decode("ascii", "replace"), _decoded(value))
    return fields


def signed_field(body: bytes, name: str, sign: str) -> tuple[bytes, str]:
    """Return the bytes that are signed and their signature; raises PushRefused where one is missing."""
    try:
        fields = form_fields(body)
    except PushUnreadable as unreadable:
        raise PushRefused(unreadable.because) from unreadable
    if name not in fields or not fields.get(sign):
        raise PushRefused(f"{name} or {sign} is missing: the body must be a form with both")
    return fields[name], fields[sign].decode("ascii", "replace")


def demanded_field(body: bytes, name: str) -> bytes:
    """Return the bytes of a field that must be there; raises PushUnreadable."""
    value = form_fields(body).get(name)
    if value is None:
        raise PushUnreadable(f"{name} is missing: the body must be a form with it")
    return value


def form_body(fields: Mapping[str, str]) -> bytes:
    """Return the fields as a form."""
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in fields.items()).encode()


def _decoded(part: bytes) -> bytes:
    return unquote_to_bytes(part.replace(b"+", b" "))
