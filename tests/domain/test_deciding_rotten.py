"""坏了包赔: what arrives bad is refunded by the share that is bad, without a return."""

from typing import Any

import pytest

from schemas.vocabulary import Cause, ExceptionCause, Resolution, Step
from service.domain.decision import Outcome, decide
from service.domain.findings import Verdict
from service.domain.guarantees import Guarantee
from service.domain.policy import WindowStart
from tests.domain.builders import PUBLISHED, facts, parcel, policy, scan, travelled, trouble


def test_rotten_strawberries_in_the_window_are_refunded_in_part_at_once() -> None:
    decision = decide(facts(asked_bp=3000), PUBLISHED)

    assert decision.guarantee is Guarantee.ROTTEN_GUARANTEED
    assert decision.outcome is Outcome.APPROVED_PARTIAL
    assert decision.resolution is Resolution.REFUND_ONLY
    assert (decision.amount, decision.share_bp) == (3_300, 3_000)
    assert all(finding.verdict is Verdict.PASS for finding in decision.findings)


@pytest.mark.parametrize(
    ("asked_bp", "paid_bp"),
    [(1, 1000), (1000, 1000), (1001, 3000), (3000, 3000), (3001, 10_000), (5000, 10_000), (10_000, 10_000)],
)
def test_a_share_is_paid_at_the_next_step_and_whole_above_thirty_percent(asked_bp: int, paid_bp: int) -> None:
    assert decide(facts(asked_bp=asked_bp), PUBLISHED).share_bp == paid_bp


def test_where_policy_pays_no_whole_line_the_steps_count_to_the_end() -> None:
    steps_only = policy(rotten_guaranteed={"full_refund_above_bp": 10_000})

    assert decide(facts(asked_bp=5001), steps_only).share_bp == 8_000


def test_freight_is_refunded_in_proportion_and_the_receipt_shows_the_arithmetic() -> None:
    decision = decide(facts(asked_bp=1000, paid=3_990, freight=605), PUBLISHED)

    assert decision.amount == 399 + 61
    assert decision.arithmetic[1:] == (
        "goods: 10 % of 39.90 CNY is 3.99 CNY",
        "freight: 10 % of 6.05 CNY is 0.61 CNY",
        "together 4.60 CNY, 45.95 CNY left of what was paid: 4.60 CNY",
    )


def test_a_refund_stops_at_what_other_claims_left_of_the_line() -> None:
    decision = decide(facts(asked_bp=10_000, granted_elsewhere=10_400), PUBLISHED)

    assert decision.amount == 600
    assert decision.outcome is Outcome.APPROVED_PARTIAL


def test_a_line_that_was_paid_back_already_is_refused() -> None:
    decision = decide(facts(granted_elsewhere=11_000), PUBLISHED)

    assert decision.outcome is Outcome.REFUSED
    assert decision.because == "0.00 CNY of the 110.00 CNY paid is left to refund"


def test_a_share_that_rounds_to_nothing_is_refused_and_never_granted_as_zero() -> None:
    decision = decide(facts(asked_bp=1000, paid=4, freight=0), PUBLISHED)

    assert decision.outcome is Outcome.REFUSED
    assert decision.deciding_rule == "worth_something"


def test_a_claim_at_the_last_moment_of_the_window_is_in_time() -> None:
    assert decide(facts(opened=58 + 24), PUBLISHED).outcome is Outcome.APPROVED_PARTIAL


def test_a_claim_a_second_late_is_refused_with_a_sentence_that_reads_as_late() -> None:
    decision = decide(facts(opened=58 + 24 + 1 / 3600), PUBLISHED)

    assert decision.outcome is Outcome.REFUSED
    assert decision.because == "claimed 24 h 1 min after delivery; the window is 24 h"
    assert (decision.amount, decision.resolution) == (0, None)


def test_the_window_belongs_to_the_commodity() -> None:
    late = facts(opened=58 + 13, commodity="lychee")

    assert decide(late, PUBLISHED).outcome is Outcome.REFUSED
    assert decide(facts(opened=58 + 71, commodity="kiwifruit"), PUBLISHED).outcome is Outcome.APPROVED_PARTIAL


def test_an_older_buyer_has_a_day_more_and_needs_one_photo() -> None:
    decision = decide(facts(opened=58 + 47, senior=True, readable=1, asked_bp=10_000, paid=15_000), PUBLISHED)

    assert decision.outcome is Outcome.APPROVED


def test_a_station_drop_starts_the_window_only_where_policy_says_so() -> None:
    picked_up_late = travelled(10, 80, scan(50, Step.STATION_DROP))
    from_drop = policy(rotten_guaranteed={"window_starts_at": WindowStart.STATION_DROP})

    assert decide(facts(opened=90, parcel=picked_up_late), PUBLISHED).outcome is Outcome.APPROVED_PARTIAL
    assert decide(facts(opened=90, parcel=picked_up_late), from_drop).outcome is Outcome.REFUSED


def test_without_a_delivery_scan_a_person_decides_because_the_window_is_unknown() -> None:
    decision = decide(facts(parcel=parcel(scan(10, Step.PICKED_UP))), PUBLISHED)

    assert decision.outcome is Outcome.TO_PERSON
    assert decision.deciding_rule == "within_window"


def test_photos_still_being_read_are_waited_for() -> None:
    assert decide(facts(readable=0, pending=1), PUBLISHED).outcome is Outcome.WAIT


def test_missing_photos_are_asked_for_and_unreadable_ones_named() -> None:
    decision = decide(facts(readable=0, unreadable=1), PUBLISHED)

    assert decision.outcome is Outcome.ASK_BUYER
    assert decision.because == "0 readable photo(s) of the goods, 1 needed; 1 could not be read"


def test_more_money_needs_a_second_photo() -> None:
    large: dict[str, Any] = {"asked_bp": 10_000, "paid": 10_001, "freight": 0}

    assert decide(facts(readable=1, **large), PUBLISHED).outcome is Outcome.ASK_BUYER
    assert decide(facts(readable=2, **large), PUBLISHED).outcome is Outcome.APPROVED


def test_a_signal_on_a_photo_sends_the_claim_to_a_person_and_refuses_nothing() -> None:
    decision = decide(facts(signals=("evd_1: taken before the order was paid",)), PUBLISHED)

    assert decision.outcome is Outcome.TO_PERSON
    assert decision.because == "evd_1: taken before the order was paid"


@pytest.mark.parametrize(("recent", "outcome"), [(5, Outcome.APPROVED_PARTIAL), (6, Outcome.TO_PERSON)])
def test_too_many_claims_of_one_buyer_go_to_a_person(recent: int, outcome: Outcome) -> None:
    assert decide(facts(recent_claims=recent), PUBLISHED).outcome is outcome


@pytest.mark.parametrize(("paid", "outcome"), [(20_000, Outcome.APPROVED), (20_001, Outcome.TO_PERSON)])
def test_above_the_limit_a_person_decides_and_the_limit_is_named(paid: int, outcome: Outcome) -> None:
    decision = decide(facts(asked_bp=10_000, paid=paid, freight=0), PUBLISHED)

    assert decision.outcome is outcome
    assert "the 200.00 CNY decided without a person" in decision.findings[-1].because


def test_who_calls_the_platform_in_gets_a_person() -> None:
    decision = decide(facts(escalated=True), PUBLISHED)

    assert (decision.outcome, decision.deciding_rule) == (Outcome.TO_PERSON, "called_in")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"parcel": travelled(59, 58)}, "delivered before it was picked up"),
        ({"parcel": travelled(-1, 58)}, "before the payment"),
        ({"parcel": travelled(10, 58, trouble(60, ExceptionCause.LOST))}, "delivered, and also lost or returned"),
        ({"status": "cancelled"}, "the order was cancelled"),
    ],
)
def test_contradicting_facts_go_to_a_person(changes: dict[str, Any], said: str) -> None:
    decision = decide(facts(**changes), PUBLISHED)

    assert (decision.outcome, decision.deciding_rule) == (Outcome.TO_PERSON, "facts_agree")
    assert said in decision.because


@pytest.mark.parametrize("cause", [Cause.ROTTEN, Cause.DAMAGED, Cause.SHORT, Cause.WRONG_ITEM])
def test_rotten_damaged_short_and_wrong_goods_are_guaranteed(cause: Cause) -> None:
    assert decide(facts(cause), PUBLISHED).guarantee is Guarantee.ROTTEN_GUARANTEED


@pytest.mark.parametrize("wants", [Resolution.RETURN_AND_REFUND, Resolution.REPLACEMENT, Resolution.COMPENSATION])
def test_what_policy_has_no_rule_for_is_left_to_a_person(wants: Resolution) -> None:
    decision = decide(facts(requested_resolution=wants), PUBLISHED)

    assert (decision.guarantee, decision.outcome) == (Guarantee.BY_PERSON, Outcome.TO_PERSON)
    assert decision.because == f"policy has no rule for {wants} for rotten".replace("_", " ")
