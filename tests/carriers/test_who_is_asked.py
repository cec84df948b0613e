"""One provider's no for good leaves the question to the next one, and questions are locked before their steps."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from service.queues import Kind
from service.store import questions, work
from service.wiring.steps import steps_of
from tests.carriers.conftest import Carriers
from tests.carriers.desks import DESKS, QueryDesk, opened
from tests.carriers.test_weak_money import claimed, standing
from tests.stories.market import Market
from tests.workers.conftest import within


@pytest.fixture
def other(desk: QueryDesk, asking: Carriers) -> Iterator[QueryDesk]:
    """Another provider's query side, where an account asks as well."""
    [kind] = [kind for kind in DESKS if kind.provider != desk.provider]
    with opened(kind()) as other:
        asking.ask_at(other)
        yield other


def pass_by(market: Market, hours: int) -> None:
    """As if everything lay so many hours further back."""
    columns = {
        "questions": ("wanted_at", "asked_at", "refused_at"),
        "tracking_events": ("recorded_at",),
        "orders": ("recorded_at",),
        "work": ("due_at",),
    }
    for table, times in columns.items():
        earlier = ", ".join(f"{at} = {at} - interval '{hours} hours'" for at in times)
        market.sql(f"UPDATE {table} SET {earlier}")


def test_where_one_provider_refuses_for_good_the_next_confirms(
    asking: Carriers, market: Market, desk: QueryDesk, other: QueryDesk
) -> None:
    desk.key = "another key by now"
    other.known["SF1"] = other.journey

    claim = market.settle(claimed(asking, market, desk))

    assert claim["status"] == "approved"
    assert (len(desk.asked), len(other.asked)) == (1, 1)


def test_where_all_refuse_for_good_a_person_decides_at_once(
    asking: Carriers, market: Market, desk: QueryDesk, other: QueryDesk
) -> None:
    desk.key = other.key = "another key by now"

    claim = market.settle(claimed(asking, market, desk))

    assert standing(claim) == ("in_review", "tracking_confirmed")
    assert (len(desk.asked), len(other.asked)) == (1, 1)
    assert market.sql("SELECT work_id FROM work WHERE kind = 'ask_carrier'") == []


def test_who_was_refused_is_not_asked_again_while_the_next_one_is_silent(
    asking: Carriers, market: Market, desk: QueryDesk, other: QueryDesk
) -> None:
    desk.key, other.fault = "another key by now", "500"
    claim_id = claimed(asking, market, desk)
    for _ in range(3):
        market.work()
        pass_by(market, hours=4)
    other.fault, other.known["SF1"] = "", other.journey

    assert market.settle(claim_id)["status"] == "approved"
    assert (len(desk.asked), len(other.asked)) == (1, 4)


def test_a_provider_that_never_answers_is_asked_ever_more_rarely_and_then_no_more(
    asking: Carriers, market: Market, desk: QueryDesk
) -> None:
    desk.fault = "500"
    claim_id = claimed(asking, market, desk)
    market.work()
    for hours in range(1, 72):
        pass_by(market, hours=1)
        claim = market.settle(claim_id)
        assert standing(claim) == (("submitted", "received") if hours < 6 else ("in_review", "tracking_confirmed"))

    assert 5 <= len(desk.asked) <= 8
    assert market.sql("SELECT number FROM questions WHERE wanted_at IS NOT NULL") == []
    assert market.sql("SELECT work_id FROM work WHERE kind = 'ask_carrier'") == []


def test_who_asks_and_who_wants_an_answer_lock_in_one_order(
    asking: Carriers, market: Market, desk: QueryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.known["SF1"] = desk.journey
    order_id = market.order(waybills=[{"carrier": "SF", "number": "SF1"}])
    market.work()
    market.sql("INSERT INTO work (kind, subject_id, due_at) VALUES ('ask_carrier', 'SF SF1', now())")
    db, drop = market.parts.db, work.drop_later_twins
    with db.autocommit() as conn:
        items = work.lease(conn, Kind.ASK_CARRIER)

    def want() -> None:
        with db.transaction() as conn:
            questions.want(conn, [order_id])

    with ThreadPoolExecutor(1) as threads:
        wanting: list[Any] = []

        def drop_while_another_wants(*given: Any, **named: Any) -> None:
            drop(*given, **named)
            wanting.append(threads.submit(want))
            assert within(5, lambda: bool(market.sql("SELECT pid FROM pg_locks WHERE NOT granted")))

        monkeypatch.setattr(work, "drop_later_twins", drop_while_another_wants)
        steps_of(market.parts)[Kind.ASK_CARRIER](items)
        monkeypatch.undo()
        wanting[0].result(timeout=5)

    assert market.sql("SELECT number FROM questions WHERE wanted_at IS NOT NULL")
    assert len(market.sql("SELECT work_id FROM work WHERE kind = 'ask_carrier'")) == 1
