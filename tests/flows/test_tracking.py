"""Events come late, twice, in any order and before their order; what depends on them is decided again."""

from dataclasses import replace
from itertools import permutations

from schemas.vocabulary import Action, Party, Step
from service.domain.parcel import Parcel
from service.flows.gather_facts import facts_of
from service.flows.run_work import run_due
from service.queues import Kind
from service.store import facts as fact_store
from service.wiring.steps import steps_of
from tests.builders import Season, journey, order, scan
from tests.conftest import do_all_work


def parcel(season: Season, claim_id: str) -> Parcel:
    """The parcel as a decision would see it, without its number."""
    with season.parts.db.transaction() as conn:
        found = facts_of(fact_store.materials(conn, [claim_id], 30)[0]).parcel
    return Parcel(tuple(replace(leg, number="", uploaded_at=None) for leg in found.legs))


def test_the_same_event_twice_is_one_row_and_says_so(season: Season) -> None:
    picked_up, delivered = journey()

    assert season.hear(picked_up, picked_up) == 1
    assert season.hear(picked_up, delivered) == 1
    assert season.rows("SELECT count(*) AS events FROM tracking_events") == [{"events": 2}]


def test_events_in_any_order_and_repeated_make_the_same_parcel(season: Season) -> None:
    steps = ((Step.PICKED_UP, 50.0), (Step.DEPARTED, 40.0), (Step.DELIVERED, 10.0))
    seen = set()
    moments = {step: scan("", step, hours).at for step, hours in steps}
    for number, ordering in enumerate(permutations(steps)):
        order_id = f"order-{number}"
        season.put(order(order_id))
        for step, _ in (*ordering, ordering[0]):
            season.hear(replace(scan(order_id, step, 0), at=moments[step]))
        seen.add(parcel(season, season.claim(order_id)))

    assert len(seen) == 1


def test_events_before_their_order_count_once_it_is_there(season: Season) -> None:
    season.hear(*journey())
    do_all_work(season.parts)
    season.put(order())
    claim_id = season.claim(evidence_ids=(season.upload(),))
    do_all_work(season.parts)

    assert season.read(claim_id)["status"] == "approved"


def test_a_claim_that_waited_for_the_delivery_scan_is_decided_when_it_comes(season: Season) -> None:
    picked_up, delivered = journey()
    season.put(order(), picked_up)
    claim_id = season.claim(evidence_ids=(season.upload(),))
    do_all_work(season.parts)
    waiting = season.read(claim_id)
    season.hear(delivered)
    do_all_work(season.parts)

    assert (waiting["status"], waiting["status_detail"]) == ("in_review", "within_window")
    assert season.read(claim_id)["status"] == "approved"
    assert len(season.read(claim_id)["decisions"]) == 2


def test_news_that_change_nothing_write_no_second_decision(season: Season) -> None:
    picked_up, _ = journey()
    season.put(order(), picked_up)
    claim_id = season.claim(evidence_ids=(season.upload(),))
    do_all_work(season.parts)
    season.hear(scan("order-1", Step.ARRIVED, 5))
    do_all_work(season.parts)

    assert len(season.read(claim_id)["decisions"]) == 1


def test_a_decision_waits_for_a_photo_that_is_still_being_read(season: Season) -> None:
    season.put(order(), *journey())
    claim_id = season.claim(evidence_ids=(season.upload(),))
    steps = steps_of(season.parts)
    run_due(season.parts.db, Kind.DECIDE_CLAIM, steps[Kind.DECIDE_CLAIM])

    assert season.read(claim_id)["status"] == "submitted"
    [work] = season.rows("SELECT attempts, lease_id, due_at > now() AS later FROM work WHERE subject_id = %s", claim_id)
    assert work == {"attempts": 0, "lease_id": None, "later": True}

    do_all_work(season.parts)
    assert season.read(claim_id)["status"] == "approved"


def test_a_photo_that_cannot_be_read_is_asked_for_again_and_the_next_one_decides(season: Season) -> None:
    season.put(order(), *journey())
    claim_id = season.claim(evidence_ids=(season.upload(b"\xff\xd8\xff torn in two"),))
    do_all_work(season.parts)
    asked = season.read(claim_id)
    season.act(claim_id, Party.BUYER, Action.EVIDENCE, evidence_ids=(season.upload(),))
    do_all_work(season.parts)

    assert (asked["status"], asked["waiting_on"]) == ("needs_action", "buyer")
    assert season.read(claim_id)["status"] == "approved"
