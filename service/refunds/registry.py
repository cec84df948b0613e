"""The refund channels there are: a new one is a file with `open_channel` and a line here."""

import time
from collections.abc import Callable

from service.refunds import http, sandbox
from service.refunds.base import ChannelSettings, Clock, RefundChannel

Opener = Callable[[str, ChannelSettings, Clock], RefundChannel | None]

CHANNELS: dict[str, Opener] = {
    "sandbox": sandbox.open_channel,
    "http": http.open_channel,
}


def open_channels(settings: ChannelSettings, clock: Clock = time.time) -> dict[str, RefundChannel]:
    """The configured channels by name; raises ValueError, naming the remedy, if one is configured badly."""
    opened = {name: open_channel(name, settings, clock) for name, open_channel in CHANNELS.items()}
    return {name: channel for name, channel in opened.items() if channel is not None}
