"""The sandbox bank: real transfers between accounts that are not real."""

from service.refunds.base import ChannelSettings, Clock, RefundChannel
from service.refunds.signature import parse_secrets
from service.refunds.signed_payment import SignedPayment


def open_channel(name: str, settings: ChannelSettings, clock: Clock) -> RefundChannel | None:
    """The channel, or None without a URL for it; raises ValueError on a weak secret."""
    if not settings.bank_url:
        return None
    return SignedPayment(
        name=name,
        url=settings.bank_url,
        secrets=parse_secrets(settings.bank_secret),
        notify_url=settings.notify_url(name),
        timeout_seconds=settings.timeout_seconds,
        clock=clock,
    )
