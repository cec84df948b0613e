"""Two hosts, each with an API and workers, in networks of their own: one is cut off amid the storm, and healed."""

import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from service.devstack.ports import LOOPBACK
from service.devstack.stack import SERVICE, worker_of
from service.devstack.storm.diary import Diary
from service.devstack.storm.network import HUB, NETWORK, Host, hosts_apart
from service.devstack.storm.scenario import Outcome, Scenario, Wish
from service.devstack.storm.servers import struck_servers
from service.devstack.storm.stage import START_SECONDS, Stage, raised
from service.queues import Queue

API_PORT = 8000
CUT_FROM, CUT_UNTIL = 0.25, 0.75
"""One host is cut off from and until these parts of the storm."""
CALL_SECONDS = 3.0
"""A buyer's app that waits longer for one address tries the next."""


def play(wish: Wish, diary: Diary) -> Outcome:
    """Post to both hosts; cut one off with requests and work in hand, and heal it."""
    east, west = hosts_apart("east", "west")
    settings = {"listen_addresses": f"{LOOPBACK},{HUB}", "hba_file": str(_who_may_come(wish.folder))}
    with (
        struck_servers(wish.folder, settings=settings, also_on=HUB) as servers,
        raised(wish, diary, servers=servers, bank_host=HUB) as stage,
    ):
        _move_to(stage, (east, west))
        striking = threading.Thread(target=_strike, args=(stage, west), daemon=True)
        striking.start()
        with (
            diary.following(stage.acknowledged, wish.seconds),
            stage.post(range(wish.claims), wish.seconds) as posting,
        ):
            posting.finish()
            striking.join()
        verdict = stage.settled(wish.claims)
        seconds = wish.seconds * (CUT_UNTIL - CUT_FROM)
        return stage.outcome(verdict, figures={"cut off": f"{west.name}, with its API and workers, for {seconds:g} s"})


def _who_may_come(folder: Path) -> Path:
    """Postgres lets in who comes from here or from the hosts, with its password."""
    rules = folder / "hba.conf"
    rules.write_text("".join(f"host all all {net} scram-sha-256\n" for net in (f"{LOOPBACK}/32", NETWORK)))
    rules.chmod(0o644)
    return rules


def _move_to(stage: Stage, hosts: tuple[Host, ...]) -> None:
    """End API and workers here, and start them on each host."""
    supervisor = stage.stack.supervisor
    for name in ("api", *map(worker_of, Queue)):
        supervisor.kill(name)
    for host in hosts:
        env = _seen_from(host, stage.stack.env)
        supervisor.start(f"api-{host.name}", host.inside([*SERVICE, "api"]), env)
        for queue in Queue:
            argv = host.inside([sys.executable, "-m", "workers", queue])
            supervisor.start(f"{worker_of(queue)}-{host.name}", argv, env)
    stage.api_urls = tuple(f"http://{host.address}:{API_PORT}" for host in hosts)
    stage.call_seconds = CALL_SECONDS
    for host, url in zip(hosts, stage.api_urls, strict=True):
        supervisor.await_ready(f"api-{host.name}", f"{url}/readyz", START_SECONDS)
        stage.await_workers(*(f"{worker_of(queue)}-{host.name}" for queue in Queue))
    stage.diary.begin()
    stage.diary.struck(f"API and workers run on {' and '.join(host.name for host in hosts)}")


def _seen_from(host: Host, env: Mapping[str, str]) -> dict[str, str]:
    """The settings of a process on a host, which finds the servers at the bridge."""
    here = {name: env[name].replace(LOOPBACK, HUB) for name in ("DATABASE_URL", "REDIS_URL")}
    address = {"MAKEGOOD_HOST": host.address, "MAKEGOOD_PORT": str(API_PORT)}
    return {**env, **here, **address, "MAKEGOOD_PUBLIC_URL": f"http://{host.address}:{API_PORT}"}


def _strike(stage: Stage, host: Host) -> None:
    wish, diary = stage.wish, stage.diary
    time.sleep(max(wish.seconds * CUT_FROM - diary.seconds, 0))
    diary.struck(f"{host.name} is cut off")
    host.cut_off()
    time.sleep(max(wish.seconds * CUT_UNTIL - diary.seconds, 0))
    host.heal()
    diary.struck(f"{host.name} is back")


SCENARIO = Scenario(
    name="cut-off",
    strikes="two hosts with API and workers in network namespaces of their own; one is cut off and healed",
    holds="claims go on at the other; nothing acknowledged is lost, one bank effect a refund, all settled within 60 s",
    claims=1200,
    seconds=60.0,
    play=play,
)
