"""What several providers say of one parcel: who told what, where they clash, and what a weak word alone carries."""

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.vocabulary import Cause, ExceptionCause, Step
from service.domain.decision import Outcome, decide
from service.domain.facts import Facts
from service.domain.parcel import Scan, Waybill
from service.domain.policy import Carriers, Policy
from service.domain.sheet import canonical, facts_from
from service.domain.tellings import Query, Telling, Told, clashes, tellings_of, unconfirmed
from tests.domain.builders import PUBLISHED, at, facts, scan, trouble
from tests.domain.november import NOVEMBER, found, there, way

WAYBILL = [Waybill("sf", "SF1", 1)]
APART = timedelta(hours=6)
STRICT: Policy = replace(PUBLISHED, carriers=Carriers(weak_amount_above=1_000))
DELIVERED = frozenset({"delivered"})


def told(provider: str, *scans: Scan, weak: bool = False, place: str | None = None) -> list[Told]:
    return [Told(one, provider, weak, place) for one in scans]


def weakly_delivered() -> tuple[Telling, ...]:
    return tellings_of(WAYBILL, told("kuaidi100", scan(10, Step.PICKED_UP), scan(58, Step.DELIVERED), weak=True))


def asked(**query: float | bool) -> Facts:
    times = {name: at(value) for name, value in query.items() if name != "askable"}
    return replace(
        facts(opened=60, now=60),
        tellings=weakly_delivered(),
        query=replace(Query(askable=True, heard_at=at(59)), **times),  # type: ignore[arg-type]
    )


def test_where_one_well_signed_provider_tells_everything_there_is_nothing_to_compare() -> None:
    assert tellings_of(WAYBILL, told("orders", scan(10, Step.PICKED_UP))) == ()


def test_a_reading_is_no_telling() -> None:
    reading = Scan("sf", "SF1", at(20), None, celsius=4.0)

    assert tellings_of(WAYBILL, told("orders", scan(10, Step.PICKED_UP)) + told("logger", reading)) == ()


def test_a_clash_is_one_whoever_is_heard_first_and_however_often() -> None:
    delivered = told("kuaidi100", scan(58, Step.DELIVERED), weak=True) + told("kuaidi100", scan(58, Step.DELIVERED))
    lost = told("kdniao", trouble(40, ExceptionCause.LOST))

    found = clashes(tellings_of(WAYBILL, delivered + lost), APART)

    assert found == clashes(tellings_of(WAYBILL, lost + delivered * 2), APART)
    assert [clash.providers for clash in found] == [("kdniao", "kuaidi100")]
    assert "says lost at" in found[0].because


@pytest.mark.parametrize(("hours", "clashing"), [(6.0, 0), (6.1, 1)])
def test_two_words_of_one_delivery_may_differ_by_what_the_policy_allows(hours: float, clashing: int) -> None:
    words = told("a", scan(50, Step.DELIVERED)) + told("b", scan(50 + hours, Step.DELIVERED))

    assert len(clashes(tellings_of(WAYBILL, words), APART)) == clashing


def test_one_provider_that_tells_two_things_is_no_clash_between_providers() -> None:
    words = told("a", scan(50, Step.DELIVERED), weak=True) + told("a", scan(70, Step.DELIVERED))

    assert clashes(tellings_of(WAYBILL, words), APART) == ()


def test_only_a_strong_word_close_by_confirms_a_weak_one() -> None:
    weak = told("kuaidi100", scan(58, Step.DELIVERED), weak=True)

    def left(*more: Told) -> int:
        return len(unconfirmed(tellings_of(WAYBILL, [*weak, *more]), APART, DELIVERED))

    assert left() == 1
    assert left(*told("kdniao", scan(58, Step.DELIVERED), weak=True)) == 2
    assert left(*told("orders", scan(66, Step.DELIVERED))) == 1
    assert left(*told("orders", scan(60, Step.DELIVERED))) == 0


def test_a_milestone_that_the_guarantee_does_not_pay_on_needs_no_confirmation() -> None:
    words = told("kuaidi100", scan(10, Step.PICKED_UP), weak=True) + told("orders", scan(58, Step.DELIVERED))
    sheet = replace(facts(opened=60), tellings=tellings_of(WAYBILL, words), query=Query())

    assert decide(sheet, STRICT).outcome is Outcome.APPROVED_PARTIAL


LOST = (scan(6, Step.PICKED_UP), scan(8, Step.DEPARTED), trouble(40, ExceptionCause.LOST))
ASTRAY = (scan(6, Step.PICKED_UP), scan(8, Step.DEPARTED), there(30, Step.DELIVERED, "陕西省西安市"))


@pytest.mark.parametrize(
    ("cause", "scans", "limit", "outcome"),
    [
        (Cause.LATE, LOST, 1_999, Outcome.WAIT),
        (Cause.LATE, LOST, 2_000, Outcome.APPROVED),
        (Cause.NOT_SHIPPED, ASTRAY, 299, Outcome.WAIT),
        (Cause.NOT_SHIPPED, ASTRAY, 300, Outcome.APPROVED),
        (Cause.NOT_SHIPPED, (scan(6, Step.PICKED_UP),), 299, Outcome.APPROVED),
    ],
    ids=["much for a loss", "little for a loss", "much for a wrong way", "little for a wrong way", "much for silence"],
)
def test_what_the_service_finds_by_itself_rests_on_no_weak_word_either(
    cause: Cause, scans: tuple[Scan, ...], limit: int, outcome: Outcome
) -> None:
    strict = replace(NOVEMBER, carriers=Carriers(weak_amount_above=limit))
    parcel = way(*scans)
    waybills = [Waybill(leg.carrier, leg.number, leg.leg) for leg in parcel.legs]
    words = tellings_of(waybills, told("kuaidi100", *scans, weak=True))
    sheet = replace(found(cause, 41, parcel), tellings=words, query=Query(askable=True, heard_at=at(40)))

    assert decide(sheet, strict).outcome is outcome


@pytest.mark.parametrize(
    ("sheet", "outcome", "said"),
    [
        (asked(), Outcome.WAIT, "the provider is asked"),
        (asked(wanted_at=55), Outcome.WAIT, "the provider is asked"),
        (asked(wanted_at=53), Outcome.TO_PERSON, "no answer since"),
        (asked(answered_at=59.5), Outcome.TO_PERSON, "did not confirm"),
        (asked(answered_at=58.5), Outcome.WAIT, "the provider is asked"),
        (replace(asked(), query=Query(askable=False)), Outcome.TO_PERSON, "no provider can be asked"),
    ],
    ids=["can be asked", "asked", "asked long ago", "answered", "answered before the news", "nobody to ask"],
)
def test_much_money_on_a_weak_word_waits_for_an_answer_and_then_for_a_person(
    sheet: Facts, outcome: Outcome, said: str
) -> None:
    decision = decide(sheet, STRICT)

    assert (decision.outcome, decision.deciding_rule) == (outcome, "tracking_confirmed")
    assert said in decision.because


def test_a_policy_without_the_figure_has_no_such_rule_and_old_receipts_keep_their_bytes() -> None:
    findings = [finding.rule for finding in decide(asked(), PUBLISHED).findings]

    assert "tracking_confirmed" not in findings
    assert "tellings" not in canonical(facts())
    assert "query" not in canonical(facts())


def test_what_was_told_survives_storage() -> None:
    assert facts_from(canonical(asked(answered_at=59.5))) == asked(answered_at=59.5)
