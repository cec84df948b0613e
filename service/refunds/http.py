"""A payment service of the marketplace, reached over HTTPS by our payment protocol."""

from urllib.parse import urlsplit

from service.refunds.base import ChannelSettings, Clock, RefundChannel
from service.refunds.signature import parse_secrets
from service.refunds.signed_payment import SignedPayment

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def open_channel(name: str, settings: ChannelSettings, clock: Clock) -> RefundChannel | None:
    """The channel, or None without a URL for it; raises ValueError on a weak secret or plain HTTP."""
    if not settings.payment_url:
        return None
    _demand_encryption(settings.payment_url)
    return SignedPayment(
        name=name,
        url=settings.payment_url,
        secrets=parse_secrets(settings.payment_secret),
        notify_url=settings.notify_url(name),
        timeout_seconds=settings.timeout_seconds,
        clock=clock,
    )


def _demand_encryption(url: str) -> None:
    """Answers are not signed, so over plain HTTP anyone on the way could say that money has moved."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return
    raise ValueError(f"the payment service URL {url} is not https: give its https address")
