"""Every test that asks for it gets a database of its own, migrated, on the real Postgres that DATABASE_URL names."""

import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from service.config import CarrierSettings, Config
from service.devstack.bank.server import Address, open_bank
from service.devstack.folder import passing_folder
from service.devstack.server import Server, started
from service.devstack.valkey import start_valkey
from service.flows.run_work import run_due
from service.queues import Kind
from service.store import webhooks
from service.store.migrate import migrate
from service.wiring.parts import Parts, open_parts
from service.wiring.steps import steps_of
from tests.builders import BankAtHand, Season, admitted

SECRETS_KEY = "dGVzdHMgc2VhbCBzZWNyZXRzIHdpdGggdGhpcyBrZXk="
BANK_SECRET = "a-secret-of-the-sandbox-bank-in-tests"
_names = count(1)


@pytest.fixture(scope="session")
def server_url() -> str:
    """The Postgres that `python3 run.py test` starts, or the one given."""
    return os.environ["DATABASE_URL"]


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """A migrated database that the others are copied from."""
    name = f"makegood_template_{os.getpid()}"
    with psycopg.connect(server_url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}")
        migrate(_named(server_url, name))
        yield name
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    """An empty, migrated database of this test's own."""
    name = f"makegood_test_{os.getpid()}_{next(_names)}"
    with psycopg.connect(server_url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield _named(server_url, name)
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def bank_url(tmp_path: Path) -> Iterator[str]:
    """The sandbox bank, real and over HTTP."""
    with open_bank(tmp_path / "bank", (BANK_SECRET.encode(),), Address("127.0.0.1", 0), time.time) as address:
        yield address.url


@pytest.fixture
def broker() -> Iterator[Server]:
    """A Valkey of this test's own, to be stopped at will."""
    with passing_folder("broker") as folder:
        server = started(lambda: start_valkey(folder))
        yield server
        server.process.kill()


@pytest.fixture
def parts(database_url: str, bank_url: str, tmp_path: Path) -> Iterator[Parts]:
    """The service's parts, opened on this test's database, photo folder and bank."""
    opened = open_parts(config_for(database_url, bank_url, tmp_path))
    yield opened
    opened.db.close()


@pytest.fixture
def season(parts: Parts) -> Season:
    """The service with an app admitted, and short ways to bring orders, scans, photos and claims in."""
    return Season(parts, admitted(parts))


@pytest.fixture
def bank(bank_url: str) -> BankAtHand:
    """The sandbox bank's books and faults."""
    return BankAtHand(bank_url, BANK_SECRET)


def config_for(database_url: str, bank_url: str, folder: Path) -> Config:
    """Return the settings of a test's service."""
    return Config(
        database_url=database_url,
        redis_url=os.environ["REDIS_URL"],
        photos_url=(folder / "photos").as_uri(),
        production=False,
        host="127.0.0.1",
        port=0,
        processes=1,
        threads=8,
        public_url="http://127.0.0.1:1",
        refund_channel="sandbox",
        bank_url=bank_url,
        bank_secret=BANK_SECRET,
        payment_url="",
        payment_secret="",
        bank_timeout_seconds=0.5,
        webhook_timeout_seconds=1.0,
        webhook_networks="127.0.0.0/8",
        max_photo_bytes=20 * 1024 * 1024,
        log_json=False,
        secrets_key=SECRETS_KEY,
        carriers=CarrierSettings(timeout_seconds=0.5),
    )


def do_all_work(parts: Parts, rounds: int = 20) -> int:
    """Do what is due, of every kind, until nothing is; return how many steps were done.

    Webhooks are called up as the sweeper does it. The grace that tracking gets behind a late order is over at once.
    """
    done = 0
    steps = steps_of(parts)
    with parts.db.autocommit() as conn:
        conn.execute(
            """
            UPDATE work SET due_at = now()
            WHERE kind IN ('check_shipping', 'follow_parcel') AND due_at < now() + interval '6 seconds'
            """
        )
    for _ in range(rounds):
        with parts.db.autocommit() as conn:
            webhooks.call_up_all(conn)
        taken = sum(run_due(parts.db, kind, steps[kind]) for kind in Kind)
        done += taken
        if not taken:
            break
    return done


def _named(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
