"""Our signatures are those of Standard Webhooks: its official library accepts them."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from service.webhooks.signature import new_secret, signed_headers

FIRST, SECOND, THIRD = (new_secret(letter * 32) for letter in (b"a", b"b", b"c"))
BODY = b'{"id":"evt_1","type":"claim.opened"}'


def test_the_official_library_takes_what_we_sign() -> None:
    assert Webhook(FIRST).verify(BODY, signed_headers([FIRST], "evt_1", time.time(), BODY))


@pytest.mark.parametrize("secret", [FIRST, SECOND])
def test_while_a_secret_is_rotated_either_of_the_two_verifies(secret: str) -> None:
    assert Webhook(secret).verify(BODY, signed_headers([FIRST, SECOND], "evt_1", time.time(), BODY))


@pytest.mark.parametrize("changed", ["secret", "id", "time", "body"])
def test_whatever_is_changed_on_the_way_is_noticed(changed: str) -> None:
    headers = signed_headers([FIRST], "evt_1", time.time(), BODY)
    if changed == "id":
        headers["webhook-id"] = "evt_2"
    if changed == "time":
        headers["webhook-timestamp"] = str(int(headers["webhook-timestamp"]) + 1)

    with pytest.raises(WebhookVerificationError):
        Webhook(THIRD if changed == "secret" else FIRST).verify(BODY + b" " * (changed == "body"), headers)


@given(st.binary(min_size=32, max_size=32), st.text("abc_.0189", min_size=1), st.integers(0, 2**33), st.binary())
def test_signatures_are_those_of_the_official_library(randomness: bytes, id_: str, at: int, body: bytes) -> None:
    secret = new_secret(randomness)
    text = body.decode("latin-1")

    ours = signed_headers([secret], id_, at, text.encode())["webhook-signature"]

    assert ours == Webhook(secret).sign(id_, datetime.fromtimestamp(at, UTC), text)
