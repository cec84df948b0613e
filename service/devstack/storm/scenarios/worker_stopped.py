"""Workers are stopped (SIGSTOP) with work in hand and resumed long after their leases: they write nothing any more."""

import random
import time
from signal import SIGCONT, SIGSTOP

from service.devstack.stack import worker_of
from service.devstack.storm.bank import bank_healed, bank_slow
from service.devstack.storm.diary import Diary
from service.devstack.storm.oracle import await_settled, bank_effects
from service.devstack.storm.scenario import Outcome, Scenario, Wish
from service.devstack.storm.stage import SETTLED_SECONDS, Stage, raised
from service.queues import TERMS, Kind
from service.store import audit, work

CAUGHT_SECONDS = 60.0
"""A worker that never holds anything for so long cannot be caught."""
STOPPED_SECONDS = 0.05
LOOSE_SECONDS = 0.1
LATE_SECONDS = 10.0
"""How long a resumed worker gets to write what it should not."""
STOPPED_KINDS = (Kind.DECIDE_CLAIM, Kind.REFUND_BUYER)
"""A decision is stopped inside its transaction, a refund while the bank is asked."""


def play(wish: Wish, diary: Diary) -> Outcome:
    """Stop the workers with work in hand, let others do it, resume them, and compare the books."""
    chance = random.Random(wish.seed)
    with raised(wish, diary) as stage:
        bank_slow(stage.stack, seconds=1.0)
        with diary.following(stage.acknowledged, wish.seconds), stage.post(range(wish.claims)) as posting:
            held = {kind: _stopped_with_work(stage, kind, chance) for kind in STOPPED_KINDS}
            posting.finish()
        bank_healed(stage.stack)
        stopped_at = diary.seconds
        done_after = await_settled(stage.db, stage.acknowledged.claims, SETTLED_SECONDS + wish.seconds, diary.told)
        time.sleep(max(wish.seconds - (diary.seconds - stopped_at), 0))
        before = _books(stage)
        for kind in STOPPED_KINDS:
            stage.stack.supervisor.kill(_worker(kind), SIGCONT)
        diary.struck(f"workers resumed, {diary.seconds - stopped_at:.0f} s after they were stopped")
        time.sleep(LATE_SECONDS)
        wrote = _differences(before, _books(stage))
        verdict = stage.settled(wish.claims)
        figures = {f"held by the stopped, {kind}": str(len(held[kind])) for kind in STOPPED_KINDS}
        figures |= {
            "done by others": f"{done_after:.1f} s after the stop" if done_after is not None else "not all",
            "written late": ", ".join(wrote) or "0 rows",
        }
        return stage.outcome(verdict, [f"a resumed worker wrote late: {change}" for change in wrote], figures)


def _stopped_with_work(stage: Stage, kind: Kind, chance: random.Random) -> dict[str, int]:
    """Stop a kind's worker until it has work in hand, start another beside it, and return what the first one holds."""
    supervisor, ends_at = stage.stack.supervisor, time.monotonic() + CAUGHT_SECONDS
    while time.monotonic() < ends_at:
        supervisor.kill(_worker(kind), SIGSTOP)
        time.sleep(STOPPED_SECONDS)
        with stage.db.autocommit() as conn:
            held = work.leased(conn, kind)
        if held:
            stage.diary.struck(f"{_worker(kind)} stopped with {len(held)} of {kind} in hand; a second one started")
            stage.start_worker(TERMS[kind].queue, f"{_worker(kind)}-2")
            return held
        supervisor.kill(_worker(kind), SIGCONT)
        time.sleep(chance.uniform(0, LOOSE_SECONDS))
    raise RuntimeError(f"{_worker(kind)} held nothing whenever it was stopped for {CAUGHT_SECONDS:g} s")


def _worker(kind: Kind) -> str:
    return worker_of(TERMS[kind].queue)


def _books(stage: Stage) -> dict[str, int]:
    with stage.db.transaction() as conn:
        return audit.written(conn) | {"bank effects": len(bank_effects(stage.stack))}


def _differences(before: dict[str, int], after: dict[str, int]) -> list[str]:
    return [f"{name} {before[name]} -> {after[name]}" for name in before if before[name] != after[name]]


SCENARIO = Scenario(
    name="worker-stopped",
    strikes="workers are stopped with SIGSTOP, with work in hand, and resumed past their leases",
    holds="others do the work; the late writes change 0 rows; nothing is decided or paid twice",
    claims=300,
    seconds=45.0,
    play=play,
)
