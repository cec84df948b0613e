"""Signatures of the payment protocol, in Standard Webhooks headers, over method, path and raw body.

What is signed is `{webhook-id}.{webhook-timestamp}.{METHOD} {path}`, a line feed, and the raw body. The path
carries its query; the body of a GET is empty. No part before the line feed can contain one, so that no byte
can change sides.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CLOCK_TOLERANCE_SECONDS = 300
SHORTEST_SECRET_BYTES = 24
PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Message:
    """The parts of an HTTP request that a signature covers."""

    method: str
    path: str
    body: bytes


def sign(secrets: Sequence[bytes], message: Message, message_id: str, now: float) -> dict[str, str]:
    """Headers that prove the message, signed with each live secret, so that either end may rotate first."""
    timestamp = str(int(now))
    signatures = (_signature(secret, message, message_id, timestamp) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def why_untrusted(secrets: Sequence[bytes], message: Message, headers: Mapping[str, str], now: float) -> str | None:
    """The reason not to believe a message, or None if one live secret signed it in the last five minutes."""
    given = {name.lower(): value for name, value in headers.items()}
    message_id = given.get("webhook-id", "")
    timestamp = given.get("webhook-timestamp", "")
    signatures = given.get("webhook-signature", "")
    if not (message_id and timestamp and signatures):
        return "the headers webhook-id, webhook-timestamp and webhook-signature must all be there"
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return f"webhook-timestamp {timestamp[:20]!r} is not a number of seconds since 1970"
    drift_seconds = abs(now - int(timestamp))
    if drift_seconds > CLOCK_TOLERANCE_SECONDS:
        return (
            f"the signature is {drift_seconds:.0f} s away from this clock,"
            f" the limit is {CLOCK_TOLERANCE_SECONDS} s: sign again, and check both clocks"
        )
    if not _any_matches(secrets, message, message_id, timestamp, signatures):
        return "no signature fits: the secrets differ, or method, path or body changed on the way"
    return None


def parse_secrets(text: str) -> tuple[bytes, ...]:
    """The live secrets of a comma separated list, newest first: plain text, or base64 after `whsec_`.

    Raises ValueError, without repeating a secret, if there is none or one is shorter than 24 bytes.
    """
    secrets = tuple(_secret(part.strip(), place) for place, part in enumerate(text.split(","), start=1))
    if len(secrets) > 2:
        raise ValueError(f"there are {len(secrets)} payment secrets, two can be live at once: drop the oldest")
    return secrets


def _secret(text: str, place: int) -> bytes:
    secret = _decoded(text.removeprefix(PREFIX), place) if text.startswith(PREFIX) else text.encode()
    if len(secret) < SHORTEST_SECRET_BYTES:
        raise ValueError(
            f"payment secret no. {place} has {len(secret)} bytes, the least is {SHORTEST_SECRET_BYTES}:"
            " make one with `python3 -c 'import secrets; print(secrets.token_urlsafe(32))'`"
        )
    return secret


def _decoded(text: str, place: int) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueError(
            f"payment secret no. {place} starts with {PREFIX} but is not base64 after it: copy it whole"
        ) from None


def _signature(secret: bytes, message: Message, message_id: str, timestamp: str) -> str:
    head = f"{message_id}.{timestamp}.{message.method} {message.path}\n".encode()
    digest = hmac.new(secret, head + message.body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")


def _any_matches(secrets: Sequence[bytes], message: Message, message_id: str, timestamp: str, signatures: str) -> bool:
    given = [signature.encode() for signature in signatures.split(" ")[:4]]
    expected = [_signature(secret, message, message_id, timestamp).encode() for secret in secrets]
    return any(hmac.compare_digest(one, other) for one in given for other in expected)
