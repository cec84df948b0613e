"""Workers whose clocks are an hour off decide deadlines that are half an hour away: the database's clock counts."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from service.devstack.season import Json, cny
from service.devstack.stack import worker_of
from service.devstack.storm.cases import Case, claim_of, order_of, scans_of
from service.devstack.storm.diary import Diary
from service.devstack.storm.load import post_case
from service.devstack.storm.scenario import NotPossibleHere, Outcome, Scenario, Wish
from service.devstack.storm.stage import SETTLED_SECONDS, Stage, raised
from service.queues import Queue

LIBRARIES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/local/lib/faketime/libfaketimeMT.so.1")
OFF = {"fast": "+3600s", "slow": "-3600s"}
WINDOW_HOURS, SHIP_HOURS = 24.0, 48.0
"""Strawberries are claimed within this of delivery, and shipped within this of payment."""
NEAR_HOURS = 0.5
LOOK_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Near:
    """An order half an hour before or after a deadline, and the statuses that its claims must end with."""

    name: str
    case: Callable[[str, random.Random, str], Case]
    ends: tuple[str, ...]


def play(wish: Wish, diary: Diary) -> Outcome:
    """Leave the decisions to a fast and a slow worker, and give money and photos one of each beside the right one."""
    library = _library()
    with raised(wish, diary) as stage:
        for queue in Queue:
            for name, offset in OFF.items():
                env = {"LD_PRELOAD": str(library), "FAKETIME": offset}
                stage.start_worker(queue, _name(queue, name), env)
        stage.await_workers(*(_name(queue, name) for queue in Queue for name in OFF))
        stage.stack.supervisor.kill(worker_of(Queue.DECISIONS))
        diary.struck("workers started an hour fast and an hour slow; nobody else decides")
        with (
            diary.following(stage.acknowledged, wish.seconds),
            stage.post(
                range(wish.claims), wish.seconds, lambda door, number: post_case(door, _case(stage, number))
            ) as all_,
        ):
            all_.finish()
        diary.struck("all posted")
        wrong, right, granted = _judged_in_time(stage)
        verdict = stage.settled(len(granted), claim_ids=granted)
        figures = {
            "deadlines": ", ".join(f"{count} {name} right" for name, count in sorted(right.items())),
            "decided by": ", ".join(f"{name} {_decided(stage, name)}" for name in OFF),
        }
        return stage.outcome(verdict, wrong[:10], figures)


def _library() -> Path:
    for pattern in LIBRARIES:
        found = sorted(Path("/").glob(pattern.lstrip("/")))
        if found:
            return found[0]
    raise NotPossibleHere("libfaketime is not installed: install the package faketime")


def _in_time(order_id: str, chance: random.Random, photo: str) -> Case:
    return _delivered(order_id, chance, photo, WINDOW_HOURS - NEAR_HOURS)


def _too_late(order_id: str, chance: random.Random, photo: str) -> Case:
    return _delivered(order_id, chance, photo, WINDOW_HOURS + NEAR_HOURS)


def _delivered(order_id: str, chance: random.Random, photo: str, hours_ago: float) -> Case:
    now = datetime.now(UTC)
    scans = scans_of(order_id, now, [(hours_ago + 40, "picked_up"), (hours_ago, "delivered")])
    order = {**order_of(order_id, now, chance), "freight": cny(0)}  # Above 100 CNY a second photo is asked for.
    return Case(order_id, order, scans, claim_of(order_id, chance, [photo]))


def _due_soon(order_id: str, chance: random.Random, _: str) -> Case:
    return _unshipped(order_id, chance, SHIP_HOURS - NEAR_HOURS)


def _overdue(order_id: str, chance: random.Random, _: str) -> Case:
    return _unshipped(order_id, chance, SHIP_HOURS + NEAR_HOURS)


def _unshipped(order_id: str, chance: random.Random, paid_hours_ago: float) -> Case:
    now = datetime.now(UTC)
    order = {**order_of(order_id, now, chance, paid_hours_ago), "waybills": []}
    return Case(order_id, order, scans_of(order_id, now, []), None)


NEAR = (
    Near("claimed in time", _in_time, ("approved", "approved_partial")),
    Near("claimed too late", _too_late, ("rejected",)),
    Near("not to be shipped yet", _due_soon, ()),
    Near("not shipped in time", _overdue, ("approved",)),
)


def _near(order_id: str) -> Near:
    return NEAR[int(order_id.rsplit("-", 1)[1]) % len(NEAR)]


def _case(stage: Stage, number: int) -> Case:
    chance = random.Random(f"{stage.wish.seed}:{number}")
    order_id = f"storm-{stage.wish.seed}-{number}"
    return _near(order_id).case(order_id, chance, chance.choice(stage.photos))


def _judged_in_time(stage: Stage) -> tuple[list[str], Counter[str], list[str]]:
    """Judge until all is right, a minute at most: what the service opens by itself comes some seconds later."""
    ends_at = time.monotonic() + SETTLED_SECONDS
    while (judged := _judged(stage))[0] and time.monotonic() < ends_at:
        stage.diary.told(f"{len(judged[0])} orders are not as they must be yet")
        time.sleep(LOOK_SECONDS)
    return judged


def _judged(stage: Stage) -> tuple[list[str], Counter[str], list[str]]:
    """Ask the service how every order ended; return what is wrong, how many are right, and the claims granted."""
    door, wrong, right, granted = stage.door(), [], Counter[str](), []
    for number in range(stage.wish.claims):
        order_id = f"storm-{stage.wish.seed}-{number}"
        near = _near(order_id)
        claims: list[Json] = door.read("reviewer", f"/v1/claims?order_id={order_id}").json()["data"]
        ended = [claim["status"] for claim in claims]
        granted += [claim["id"] for claim in claims if claim["status"] != "rejected"]
        if (not near.ends and not ended) or (len(ended) == 1 and ended[0] in near.ends):
            right[near.name] += 1
        else:
            wrong.append(f"{order_id}, {near.name}: its claims ended as {ended or 'none'}")
    return wrong, right, granted


def _decided(stage: Stage, name: str) -> int:
    log = stage.stack.supervisor.log(_name(Queue.DECISIONS, name))
    return log.read_text(errors="replace").count("claim_decided")


def _name(queue: Queue, name: str) -> str:
    return f"{worker_of(queue)}-{name}"


SCENARIO = Scenario(
    name="clock-off",
    strikes="workers whose clocks are an hour fast and an hour slow (libfaketime), deadlines half an hour away",
    holds="no deadline is decided wrongly, no lease is broken, nobody is paid twice, all settled within 60 s",
    claims=400,
    seconds=40.0,
    play=play,
)
