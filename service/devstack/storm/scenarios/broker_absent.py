"""The broker is gone for ten minutes: claims are taken as ever, and the sweeper does the work meanwhile."""

from service.devstack.storm.diary import Diary
from service.devstack.storm.scenario import Outcome, Scenario, Wish
from service.devstack.storm.stage import Stage, raised

ANSWERED_SECONDS = 1.0
"""Every claim is acknowledged this fast, whatever the broker does."""


def play(wish: Wish, diary: Diary) -> Outcome:
    """Kill the broker, post at a steady pace, start it again."""
    with raised(wish, diary) as stage:
        stage.servers.kill_valkey()
        diary.struck("broker gone")
        settled_meanwhile = post_through(stage)
        stage.servers.start_valkey()
        diary.struck("broker back, empty")
        verdict = stage.settled(wish.claims)
        return stage.outcome(verdict, slow_answers(stage), settled_meanwhile)


def post_through(stage: Stage) -> dict[str, str]:
    """Post the wish's claims over its seconds; return how many were settled at the end of them."""
    wish = stage.wish
    with (
        stage.diary.following(stage.acknowledged, wish.seconds),
        stage.post(range(wish.claims), wish.seconds) as posting,
    ):
        posting.finish()
    waiting = stage.unsettled()
    return {"settled meanwhile": f"{len(stage.acknowledged.claims) - waiting} of {len(stage.acknowledged.claims)}"}


def slow_answers(stage: Stage) -> list[str]:
    """Return what must not happen to a claim that is posted: a slow answer, or any but 201."""
    acknowledged = stage.acknowledged
    faults = [f"a claim was acknowledged only after {acknowledged.slowest_seconds:.2f} s"]
    slow = faults if acknowledged.slowest_seconds > ANSWERED_SECONDS else []
    refused = [f"not every POST was answered 201 at once: {acknowledged.others_in_words()}"]
    return slow + (refused if acknowledged.retries else [])


SCENARIO = Scenario(
    name="broker-absent",
    strikes="the broker is gone while claims come at a steady pace",
    holds="every claim 201 within 1 s; the sweeper does the work meanwhile; all settled within 60 s of its return",
    claims=1800,
    seconds=600.0,
    play=play,
)
