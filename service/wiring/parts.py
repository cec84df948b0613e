"""Opens everything that a process of the service works with."""

import os
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass

from service.config import Config, ConfigFault
from service.domain.ids import make_id
from service.evidence.photos import PhotoStore, open_photo_store
from service.flows.decide_claim import Deciding
from service.flows.deliver_webhook import Delivering
from service.policies.library import Library, PolicyFault, open_library
from service.refunds.base import ChannelSettings, Clock, RefundChannel
from service.refunds.registry import open_channels
from service.store import policies, suspensions
from service.store.database import Database, DatabaseUnavailable
from service.store.migrate import MigrationFault, is_current
from service.vault import Vault, VaultLocked, open_vault
from service.webhooks.address import Reach, read_reach
from service.webhooks.courier import Courier
from service.wiring.clock import DatabaseClock

MOST_WEBHOOKS_AT_ONCE = 64
"""Threads that call webhooks in one process; they wait for others, so that many cost little."""

START_FAULTS = (ConfigFault, PolicyFault, MigrationFault, DatabaseUnavailable, VaultLocked)
"""Why a process cannot start; each message is one line with its remedy."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The opened parts of one process."""

    config: Config
    db: Database
    photos: PhotoStore
    library: Library
    channels: Mapping[str, RefundChannel]
    deciding: Deciding
    delivering: Delivering
    vault: Vault


def open_parts(config: Config) -> Parts:
    """Open pool, photo store, policies and channels; call it in the process that works, after any fork.

    Raises PolicyFault, ConfigFault, VaultLocked or DatabaseUnavailable: a process that cannot work must not start.
    """
    library, vault = open_library(), open_vault(config.secrets_key)
    _channels(config, time.time)
    db = _open_database(config, library)
    clock = DatabaseClock(db)
    channels = _channels(config, clock)
    deciding = Deciding(library, frozenset(channels), config.refund_channel, new_id)
    photos, delivering = open_photo_store(config.photos_url), _delivering(config, clock, vault)
    return Parts(config, db, photos, library, channels, deciding, delivering, vault)


def preflight(config: Config) -> None:
    """Find out before workers are forked that they could not work; raises as `open_parts` does.

    The photo store stays closed: its client would not survive the fork.
    """
    _channels(config, time.time)
    _reach(config)
    open_vault(config.secrets_key)
    _open_database(config, open_library()).close()


def _open_database(config: Config, library: Library) -> Database:
    db = Database(config.database_url, most=config.threads + 2).open()
    with db.transaction() as conn:
        if not is_current(conn):
            raise ConfigFault("the database lacks migrations of this code: run `python -m service migrate`")
        policies.publish(conn, library.policies, library.texts)
        if changed := suspensions.edited(conn, library.force_majeure):
            raise PolicyFault(
                f"force_majeure: {', '.join(changed)}: edited after it was published: add a new file instead"
            )
        suspensions.publish(conn, library.force_majeure)
    return db


def new_id(prefix: str) -> str:
    """Return a new id for a prefix such as `clm`."""
    return make_id(prefix, time.time_ns() // 1_000_000, os.urandom(10))


def _delivering(config: Config, clock: Clock, vault: Vault) -> Delivering:
    courier = Courier(MOST_WEBHOOKS_AT_ONCE)
    return Delivering(courier, _reach(config), config.webhook_timeout_seconds, clock, random.random, vault)


def _reach(config: Config) -> Reach:
    try:
        return read_reach(config.webhook_networks, plain_http=not config.production)
    except ValueError as fault:
        raise ConfigFault(f"MAKEGOOD_WEBHOOK_NETWORKS: {fault}: give networks such as 10.20.0.0/16") from fault


def _channels(config: Config, clock: Clock) -> Mapping[str, RefundChannel]:
    settings = ChannelSettings(
        bank_url=config.bank_url or None,
        bank_secret=config.bank_secret,
        payment_url=config.payment_url or None,
        payment_secret=config.payment_secret,
        notify_base_url=config.public_url,
        timeout_seconds=config.bank_timeout_seconds,
    )
    try:
        return open_channels(settings, clock)
    except ValueError as fault:
        raise ConfigFault(str(fault)) from fault
