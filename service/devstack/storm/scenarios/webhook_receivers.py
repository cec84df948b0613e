"""Receivers of webhooks that hang, drip, redirect, are gone or never end: the healthy ones keep their pace."""

import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from json import loads

from service.devstack.receivers import Receiver, open_receiver
from service.devstack.season import Json
from service.devstack.storm.cases import usual_case
from service.devstack.storm.diary import Diary
from service.devstack.storm.door import Door
from service.devstack.storm.load import post_case
from service.devstack.storm.scenario import Outcome, Scenario, Wish
from service.devstack.storm.stage import SETTLED_SECONDS, Stage, raised

ILL = ("hanging", "dripping_headers", "dripping_body", "redirecting", "gone", "endless", "failing", "hanging_up")
HEALTHY = 3
ILL_FROM = 1 / 3
"""The first part of the storm is the healthy receivers' own, to compare with."""
PACE_SECONDS = 5.0
"""Of a hundred events, 99 reach a healthy receiver this soon after the claim's 201."""
LOOK_SECONDS = 0.5
OPENED = "claim.opened"


def play(wish: Wish, diary: Diary) -> Outcome:
    """Post claims that healthy receivers hear of, then let ill ones hear of them too."""
    with raised(wish, diary) as stage, ExitStack() as receivers:
        healthy = [receivers.enter_context(open_receiver("healthy")) for _ in range(HEALTHY)]
        ill = {kind: receivers.enter_context(open_receiver(kind)) for kind in ILL}
        for receiver in healthy:
            _subscribe(stage, receiver)
        hearing, webhooks = _Hearing(stage), dict[str, str]()
        striking = threading.Thread(target=_strike, args=(stage, ill, webhooks), daemon=True)
        striking.start()
        with (
            diary.following(stage.acknowledged, wish.seconds),
            stage.post(range(wish.claims), wish.seconds, hearing.claim) as posting,
        ):
            posting.finish()
            striking.join()
        verdict = stage.settled(wish.claims)
        faults = [fault for receiver in healthy for fault in hearing.missing(receiver)]
        calm, stormy = hearing.delays(healthy, wish.seconds * ILL_FROM)
        faults += [f"an event came only after {_p99(stormy):.1f} s"] if _p99(stormy) > PACE_SECONDS else []
        told = {kind: stage.door().read("app", f"/v1/webhooks/{one}").json() for kind, one in webhooks.items()}
        faults += _unexpected(ill, told)
        figures = {
            "among the healthy": f"{HEALTHY} receivers, events 99 % within {_p99(calm):.2f} s, all {max(calm):.2f} s",
            "beside the ill": f"99 % within {_p99(stormy):.2f} s, all {max(stormy):.2f} s",
            **{f"{kind}": f"{len(ill[kind].messages)} calls; {_words(sheet)}" for kind, sheet in told.items()},
        }
        return stage.outcome(verdict, faults, figures)


def _subscribe(stage: Stage, receiver: Receiver) -> str:
    body = {"url": receiver.url, "event_types": [OPENED]}
    return str(stage.door().insist("app", "POST", "/v1/webhooks", f"hook-{receiver.url}", body)["id"])


def _strike(stage: Stage, ill: Mapping[str, Receiver], webhooks: dict[str, str]) -> None:
    time.sleep(max(stage.wish.seconds * ILL_FROM - stage.diary.seconds, 0))
    for kind, receiver in ill.items():
        webhooks[kind] = _subscribe(stage, receiver)
    stage.diary.struck(f"receivers join in that are {', '.join(ill).replace('_', ' ')}")


class _Hearing:
    """When each claim was acknowledged, to be compared with when its event arrived."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._posted: dict[str, float] = {}
        self._began = time.monotonic()

    def claim(self, door: Door, number: int) -> None:
        """Post the usual claim of that number and note when it was acknowledged."""
        claim_id = post_case(door, usual_case(self._stage.wish.seed, number, self._stage.photos))
        if claim_id:
            self._posted[claim_id] = time.monotonic()

    def missing(self, receiver: Receiver) -> list[str]:
        """Wait until a receiver has heard of every claim, a minute at most, and return those it has not."""
        ends_at = time.monotonic() + SETTLED_SECONDS
        while (missing := self._posted.keys() - _arrived(receiver).keys()) and time.monotonic() < ends_at:
            time.sleep(LOOK_SECONDS)
        return [f"a healthy receiver never heard of {claim_id}" for claim_id in sorted(missing)[:5]]

    def delays(self, receivers: list[Receiver], until_seconds: float) -> tuple[list[float], list[float]]:
        """Return how long the events took, of claims acknowledged until then and of those after."""
        calm, stormy = [0.0], [0.0]
        for receiver in receivers:
            for claim_id, at in _arrived(receiver).items():
                posted = self._posted.get(claim_id)
                if posted is not None:
                    (calm if posted - self._began < until_seconds else stormy).append(max(at - posted, 0.0))
        return calm, stormy


def _arrived(receiver: Receiver) -> dict[str, float]:
    """When a receiver heard of each claim first."""
    arrived: dict[str, float] = {}
    for message in list(receiver.messages):
        arrived.setdefault(loads(message.body)["data"]["claim_id"], message.at)
    return arrived


def _unexpected(ill: Mapping[str, Receiver], told: Mapping[str, Json]) -> list[str]:
    """Return what should not have become of the ill receivers."""
    faults = [] if told["gone"]["status"] == "disabled" else ["a webhook that answered 410 was not disabled"]
    if len(ill["gone"].messages) > 1:
        faults.append(f"a webhook that answered 410 was called {len(ill['gone'].messages)} times")
    if "followed" in ill["redirecting"].ids():
        faults.append("a redirect was followed")
    return faults


def _words(webhook: Json) -> str:
    paused = "paused" if webhook["paused_until"] else webhook["status"]
    return f"{paused}{': ' if webhook['because'] else ''}{webhook['because']}"


def _p99(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99) - 1]


SCENARIO = Scenario(
    name="webhook-receivers",
    strikes="receivers of webhooks that hang, drip, redirect, answer 410, send an endless body, fail or hang up",
    holds="healthy receivers hear of every claim, 99 % within 5 s; 410 ends a webhook; no redirect is followed",
    claims=600,
    seconds=60.0,
    play=play,
)
