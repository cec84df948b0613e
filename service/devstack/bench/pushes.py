"""Pushes of tracking: taken over HTTP and read by a worker, ten thousand scans in one, and each provider's reading."""

import hashlib
import json
import time
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlsplit

from service.devstack.bench import requests
from service.devstack.bench.effort import Effort, Tell
from service.devstack.bench.figures import Figure, median
from service.devstack.bench.load import Taken
from service.devstack.bench.loading import put_load
from service.devstack.bench.programs import psql
from service.devstack.bench.stage import Stage
from service.devstack.push_rate import SAMPLES, push_rates
from service.devstack.stack import service, worker_of
from service.queues import Kind, Queue

PROVIDER = "kuaidi100"
CLIENTS = 8
MANY_SCANS = 10_000
READING_SECONDS = 1.0
READ_SECONDS = 120.0


def bench_pushes(stage: Stage, effort: Effort, tell: Tell) -> list[Figure]:
    """Push each number once while one worker reads, then ten thousand scans at once, then read without a network."""
    stage.work(worker_of(Queue.CARRIERS), worker_of(Queue.DECISIONS))
    stage.warm_up()
    url, salt = _account(stage)
    pushes, scans = effort.share(1500), len(_sample()["lastResult"]["data"])
    rates = []
    for turn in range(-1, effort.rounds):
        bodies = [_signed(_sample(f"BP{turn + 1}{number:08}"), salt) for number in range(pushes)]
        taken, seconds = _pushed(stage, url, bodies)
        if turn >= 0:  # The first round is to warm up.
            rates.append((pushes / taken.seconds, pushes / seconds))
            tell(f"round {turn + 1}: {rates[-1][0]:.0f} pushes/s taken, {rates[-1][1]:.0f}/s taken and read")
    large, until_read = _pushed(stage, url, [_signed(_many(MANY_SCANS), salt)])
    tell(f"{MANY_SCANS:,} scans in one push: taken after {large.seconds:.2f} s, read after {until_read:.2f} s")
    stage.rest()
    what = f"pushes of Kuaidi100 with {scans} scans each"
    return [
        Figure("pushes", f"{what}, taken over HTTP", median([rate for rate, _ in rates]), "pushes/s"),
        Figure("pushes", f"{what}, taken and read by one worker", median([rate for _, rate in rates]), "pushes/s"),
        Figure("pushes", f"{MANY_SCANS:,} scans in one push, until it is answered", large.seconds * 1000, "ms"),
        Figure("pushes", f"{MANY_SCANS:,} scans in one push, until all are read", until_read * 1000, "ms"),
        *_by_reading_alone(),
    ]


def _by_reading_alone() -> list[Figure]:
    return [
        Figure(
            "pushes",
            f"{rate.provider}: checked and read by one process, {rate.events} scans in {rate.body_bytes:,} bytes",
            rate.pushes_per_second,
            "pushes/s",
        )
        for rate in push_rates(READING_SECONDS)
    ]


def _pushed(stage: Stage, url: str, bodies: list[bytes]) -> tuple[Taken, float]:
    """Send pushes and wait until they are read; return what the load says and the seconds until then."""
    sent = [requests.push(stage, urlsplit(url).path, body) for body in bodies]
    began = time.monotonic()
    taken = put_load(stage, sent, 1, len(sent), connections=min(CLIENTS, len(sent)), each=True)
    while time.monotonic() < began + READ_SECONDS:
        [[left]] = psql(stage.database_url, "open_work.sql", {"kinds": f"{{{Kind.READ_PAYLOAD}}}"})
        if left == "0":
            break
        time.sleep(0.02)
    return taken, time.monotonic() - began


def _account(stage: Stage) -> tuple[str, str]:
    """Open an account and return its URL and its salt, as the command prints them."""
    printed = service("carrier-account", "add", PROVIDER, "bench", env=stage.stack.env)
    said = dict(line.split(maxsplit=1) for line in printed.splitlines())
    return said["url"], said["secret"]


def _sample(number: str | None = None) -> dict[str, Any]:
    """The sample push of a whole journey, of a number of its own."""
    body = (SAMPLES / PROVIDER / "journey.body").read_text(encoding="utf-8")
    param: dict[str, Any] = json.loads(parse_qs(body)["param"][0])
    if number is not None:
        param["lastResult"]["nu"] = number
    return param


def _many(scans: int) -> dict[str, Any]:
    param = _sample("BPMANY")
    told = param["lastResult"]["data"]
    param["lastResult"]["data"] = [
        told[n % len(told)] | {"context": f"站点 {n}", "areaName": None, "areaCode": None} for n in range(scans)
    ]
    return param


def _signed(param: dict[str, Any], salt: str) -> bytes:
    text = json.dumps(param, ensure_ascii=False)
    sign = hashlib.md5((text + salt).encode(), usedforsecurity=False).hexdigest().upper()
    return f"sign={sign}&param={quote_plus(text)}".encode()
