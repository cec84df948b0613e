"""The embedded servers are real, keep what was written, and come back after the worst end."""

import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from service.devstack.account import stepping_down
from service.devstack.binaries import postgres_programs
from service.devstack.leashed import StartError
from service.devstack.postgres import start_postgres
from service.devstack.server import started, stop
from service.devstack.servers import Servers, embedded_servers

ADDRESSES = ("DATABASE_URL", "REDIS_URL")


@pytest.fixture
def no_servers_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ADDRESSES:
        monkeypatch.delenv(name, raising=False)


def sql(url: str, statement: str) -> str:
    psql = postgres_programs(stepping_down()) / "psql"
    done = subprocess.run([psql, url, "-Atc", statement], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.usefixtures("no_servers_named")
def test_both_servers_answer_and_stop_with_the_run(folder: Path) -> None:
    with embedded_servers(folder, durable=False) as servers:
        assert sql(servers.database_url, "SELECT uuid_extract_version(uuidv7())") == "7"

    for url in (servers.database_url, servers.redis_url):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", urlsplit(url).port or 0)) != 0


def test_a_killed_postgresql_comes_back_with_what_was_written(folder: Path) -> None:
    first = started(lambda: start_postgres(folder, durable=True))
    sql(first.url, "CREATE TABLE claim AS SELECT 7 AS id")
    first.process.kill()

    second = started(lambda: start_postgres(folder, durable=True))

    assert sql(second.url, "SELECT id FROM claim") == "7"
    stop(second)


def test_postgresql_asks_for_the_password(folder: Path) -> None:
    server = started(lambda: start_postgres(folder, durable=False))
    password = urlsplit(server.url).password or ""

    with pytest.raises(subprocess.CalledProcessError) as refused:
        sql(server.url.replace(password, "guessed"), "SELECT 1")

    assert "password authentication failed" in refused.value.stderr
    stop(server)


def test_named_servers_are_used_as_they_are(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/claims")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")

    with embedded_servers(folder) as servers:
        assert servers == Servers("postgresql://elsewhere/claims", "redis://elsewhere")


@pytest.mark.parametrize(("given", "missing"), [ADDRESSES, ADDRESSES[::-1]])
@pytest.mark.usefixtures("no_servers_named")
def test_one_named_server_alone_is_refused_and_names_the_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch, given: str, missing: str
) -> None:
    monkeypatch.setenv(given, "somewhere")

    with pytest.raises(StartError, match=f"set {missing} too"), embedded_servers(folder):
        pass
