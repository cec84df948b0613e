"""The signature covers every part of a message, and secrets are strong or refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.refunds.signature import Message, parse_secrets, sign, why_untrusted

NOW = 1_750_000_000.0
SECRETS = (b"one-secret-of-twenty-four-b",)
MESSAGE = Message("PUT", "/v1/transfers/rfd_1", b'{"amount":1990}')


def test_a_signature_has_the_value_that_the_documentation_computes() -> None:
    headers = sign(SECRETS, MESSAGE, "rfd_1", NOW)

    assert headers == {
        "webhook-id": "rfd_1",
        "webhook-timestamp": "1750000000",
        "webhook-signature": "v1,VG7bKZL5ZotJdPQCyEkqcFqla7i7DrDV6SzmAEoWufc=",
    }


@given(st.binary(max_size=200), st.integers(-300, 300))
def test_any_signed_body_is_believed_for_five_minutes(body: bytes, drift_seconds: int) -> None:
    message = Message("POST", "/notices", body)
    headers = sign(SECRETS, message, "ntc_1", NOW)

    assert why_untrusted(SECRETS, message, headers, NOW + drift_seconds) is None


@given(st.binary(max_size=50))
def test_no_other_body_is_believed(body: bytes) -> None:
    headers = sign(SECRETS, MESSAGE, "rfd_1", NOW)
    forged = Message(MESSAGE.method, MESSAGE.path, MESSAGE.body + b" " + body)

    assert "no signature fits" in (why_untrusted(SECRETS, forged, headers, NOW) or "")


@pytest.mark.parametrize(
    "forged",
    [
        Message("GET", "/v1/transfers/rfd_1", MESSAGE.body),
        Message("PUT", "/v1/transfers/rfd_2", MESSAGE.body),
        Message("PUT", "/v1/transfers/rfd_1?again", MESSAGE.body),
    ],
)
def test_no_other_method_or_path_is_believed(forged: Message) -> None:
    headers = sign(SECRETS, MESSAGE, "rfd_1", NOW)

    assert "no signature fits" in (why_untrusted(SECRETS, forged, headers, NOW) or "")


@pytest.mark.parametrize("changed", [{"webhook-id": "rfd_2"}, {"webhook-timestamp": "1750000001"}])
def test_no_other_id_or_time_is_believed(changed: dict[str, str]) -> None:
    headers = sign(SECRETS, MESSAGE, "rfd_1", NOW) | changed

    assert "no signature fits" in (why_untrusted(SECRETS, MESSAGE, headers, NOW) or "")


@pytest.mark.parametrize("drift_seconds", [-301, 301])
def test_a_signature_over_five_minutes_off_is_stale(drift_seconds: int) -> None:
    headers = sign(SECRETS, MESSAGE, "rfd_1", NOW)

    assert "301 s away" in (why_untrusted(SECRETS, MESSAGE, headers, NOW + drift_seconds) or "")


@pytest.mark.parametrize("timestamp", ["soon", "-1", "1e9", "\u0661\u0667\u0665", "9" * 400])
def test_a_time_that_is_no_number_of_seconds_is_named(timestamp: str) -> None:
    headers = sign(SECRETS, MESSAGE, "rfd_1", NOW) | {"webhook-timestamp": timestamp}

    assert "is not a number of seconds" in (why_untrusted(SECRETS, MESSAGE, headers, NOW) or "")


def test_either_of_two_secrets_is_enough_on_either_side() -> None:
    old, new = b"the-old-secret-24-bytes-long", b"the-new-secret-24-bytes-long"
    from_the_one_ahead = sign((new, old), MESSAGE, "rfd_1", NOW)
    from_the_one_behind = sign((old,), MESSAGE, "rfd_1", NOW)

    assert why_untrusted((old,), MESSAGE, from_the_one_ahead, NOW) is None
    assert why_untrusted((new, old), MESSAGE, from_the_one_behind, NOW) is None
    assert why_untrusted((new,), MESSAGE, from_the_one_behind, NOW) is not None


def test_secrets_are_read_as_text_or_as_base64() -> None:
    encoded = "whsec_" + base64.b64encode(b"x" * 24).decode()

    assert parse_secrets(f"plain-text-of-24-characters, {encoded}") == (
        b"plain-text-of-24-characters",
        b"x" * 24,
    )


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("", "no. 1 has 0 bytes, the least is 24: make one with"),
        ("plain-text-of-24-characters,short", "no. 2 has 5 bytes, the least is 24: make one with"),
        ("whsec_not base64", "no. 1 starts with whsec_ but is not base64 after it: copy it whole"),
        (
            ",".join(["plain-text-of-24-characters"] * 3),
            "3 payment secrets, two can be live at once: drop the oldest",
        ),
    ],
)
def test_a_weak_secret_is_refused_with_the_remedy(text: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        parse_secrets(text)
