"""/metrics shows what operations have to see, from the database and from the requests themselves."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.store import gauges, watch
from service.web.app import create_app
from service.wiring.parts import Parts
from tests.stories.market import Market
from tests.web.conftest import problem
from workers.sweeper import keep_house

Figure = Callable[..., float | None]


@pytest.fixture
def figure(market: Market) -> Figure:
    """One figure of a fresh scrape by its name and labels, None if it is not there."""

    def read(name: str, **labels: str) -> float | None:
        text = market.http.get("/metrics").get_data(as_text=True)
        samples = (s for family in text_string_to_metric_families(text) for s in family.samples)
        return next((s.value for s in samples if s.name == name and s.labels == labels), None)

    return read


def test_decisions_are_counted_by_guarantee_and_outcome_and_folding_changes_no_count(
    market: Market, figure: Figure
) -> None:
    for _ in range(3):
        order_id = market.order()
        market.scans(order_id, (50, "picked_up"), (5, "delivered"))
        market.claim(order_id)
    market.work()
    before = figure("makegood_decisions_total", guarantee="rotten_guaranteed", outcome="approved")

    keep_house(market.parts)
    keep_house(market.parts)

    after = figure("makegood_decisions_total", guarantee="rotten_guaranteed", outcome="approved")
    assert (before, after) == (3, 3)
    assert market.sql("SELECT count(*) AS rows FROM tallies WHERE measure = 'decisions'") == [{"rows": 1}]


def test_due_and_parked_work_is_shown_by_kind_with_its_age(market: Market, figure: Figure) -> None:
    market.claim(market.order(hours=3))
    market.sql("UPDATE work SET due_at = now() - interval '40 seconds' WHERE kind = 'decide_claim'")
    market.sql("UPDATE work SET parked_at = now() WHERE kind = 'inspect_evidence'")

    assert figure("makegood_work_due", kind="decide_claim") == 1
    assert 40 <= (figure("makegood_work_oldest_seconds", kind="decide_claim") or 0) < 60
    assert figure("makegood_work_parked", kind="inspect_evidence") == 1
    assert figure("makegood_work_due", kind="pay_farmer") == 0


def test_refunds_are_shown_by_state(market: Market, figure: Figure) -> None:
    order_id = market.order()
    market.scans(order_id, (50, "picked_up"), (5, "delivered"))
    market.settle(market.claim(order_id))

    assert figure("makegood_refunds", status="succeeded") == 1
    assert figure("makegood_refunds", status="unknown") == 0


def test_the_ledger_is_summed_up_by_the_sweeper_and_a_drift_is_seen(market: Market, figure: Figure) -> None:
    assert figure("makegood_ledger_drift") is None
    keep_house(market.parts)
    assert figure("makegood_ledger_drift") == 0

    market.sql("UPDATE ledger_checks SET checked_at = now() - interval '1 day'")
    assert (figure("makegood_ledger_check_age_seconds") or 0) > 86_000
    keep_house(market.parts)
    assert (figure("makegood_ledger_check_age_seconds") or 0) < 60


def test_a_slow_sum_of_the_ledger_is_not_made_again_at_once(market: Market) -> None:
    keep_house(market.parts)
    market.sql("UPDATE ledger_checks SET took_seconds = 10, drift = 7, checked_at = now() - interval '15 minutes'")

    keep_house(market.parts)

    with market.parts.db.transaction() as conn:
        assert (gauges.ledger_check(conn) or {})["drift"] == 7


def test_a_dead_sweeper_is_seen_by_its_age(market: Market, figure: Figure) -> None:
    assert figure("makegood_sweeper_beat_age_seconds") == float("inf")
    with market.parts.db.transaction() as conn:
        watch.beat(conn, "sweeper")
    market.sql("UPDATE heartbeats SET beaten_at = now() - interval '130 seconds'")

    assert 130 <= (figure("makegood_sweeper_beat_age_seconds") or 0) < 150


def test_requests_are_counted_by_rule_and_never_by_id(market: Market, figure: Figure) -> None:
    rule = {"method": "GET", "route": "/v1/claims/<claim_id>", "status": "404"}
    before = figure("makegood_requests_total", **rule) or 0

    market.call("reviewer", "GET", "/v1/claims/clm_nowhere")

    assert figure("makegood_requests_total", **rule) == before + 1
    assert "clm_nowhere" not in market.http.get("/metrics").get_data(as_text=True)


def test_claims_are_shown_by_whose_move_it_is(market: Market, figure: Figure) -> None:
    order_id = market.order()
    market.scans(order_id, (50, "picked_up"), (5, "delivered"))
    market.settle(market.claim(order_id, "missing"))

    assert figure("makegood_claims_waiting", on="farmer") == 1


def test_metrics_with_a_token_are_for_those_who_bring_it(parts: Parts) -> None:
    token = "a-token-for-metrics-of-32-bytes!"
    http = create_app(replace(parts, config=replace(parts.config, metrics_token=token)), lambda _: None).test_client()

    problem(http.get("/metrics"), 401, "token_invalid")
    problem(http.get("/metrics", headers={"Authorization": "Bearer another"}), 401, "token_invalid")
    assert http.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_in_production_metrics_without_a_token_are_closed(parts: Parts) -> None:
    http = create_app(replace(parts, config=replace(parts.config, production=True)), lambda _: None).test_client()

    problem(http.get("/metrics"), 401, "token_invalid")
