"""What holds for every journey under the policy of November, however odd: what is owed is granted, and replays."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.vocabulary import Cause, OpenedBy, Resolution
from service.domain.decision import Outcome, decide
from service.domain.facts import Facts
from service.domain.liability import attribute
from service.domain.parcel import parcel_of
from service.domain.sheet import canonical, facts_from
from service.domain.suspensions import Clock, Suspension
from service.domain.watch import next_look_at, owed
from tests.domain.any_facts import ALWAYS_THE_SAME, WAYBILLS, moments, odd_sheets, scans
from tests.domain.november import NOVEMBER

PLACES = st.sampled_from([None, "浙江省杭州市", "四川省成都市", "新疆喀什", "转运中心"])
spans = st.builds(
    lambda at, hours: Suspension("2026-03-02-typhoon", "台风", tuple(Clock), at, at + timedelta(hours=hours)),
    moments,
    st.integers(1, 100),
)


@st.composite
def sheets(draw: st.DrawFn) -> Facts:
    """A compensation that the system opens now, on an odd order with an odd parcel."""
    sheet = draw(odd_sheets)
    waybills = [replace(w, uploaded_at=draw(moments)) for w in draw(st.lists(st.sampled_from(WAYBILLS), unique=True))]
    told = [replace(one, place=draw(PLACES)) for one in draw(st.lists(scans, max_size=8))]
    order = replace(
        sheet.order,
        compensated_by=None,
        region=draw(st.sampled_from(["", "33", "3301", "6531"])),
        to_village=draw(st.booleans()),
        suspensions=tuple(draw(st.lists(spans, max_size=2))),
    )
    claim = replace(
        sheet.claim,
        opened_by=OpenedBy.SYSTEM,
        opened_at=sheet.as_of,
        cause=draw(st.sampled_from([Cause.NOT_SHIPPED, Cause.LATE])),
        requested_resolution=Resolution.COMPENSATION,
        granted=0,
    )
    parcel = parcel_of(waybills, told)
    return replace(sheet, order=order, claim=claim, parcel=parcel, ruling=None, escalated=False)


@ALWAYS_THE_SAME
@given(sheets())
def test_what_the_clocks_say_is_owed_is_what_the_rules_grant(sheet: Facts) -> None:
    decision = decide(sheet, NOVEMBER)

    if sheet.claim.cause in owed(sheet.journey, NOVEMBER):
        assert decision.outcome is Outcome.APPROVED or decision.deciding_rule == "facts_agree"
    else:
        assert decision.outcome is not Outcome.APPROVED


@ALWAYS_THE_SAME
@given(sheets())
def test_nobody_looks_again_in_the_past(sheet: Facts) -> None:
    look_at = next_look_at(sheet.journey, NOVEMBER)

    assert look_at is None or look_at >= sheet.as_of


@ALWAYS_THE_SAME
@given(sheets(), st.integers(1, 5_000))
def test_a_sheet_with_all_that_it_gained_replays_to_the_same_bytes(sheet: Facts, amount: int) -> None:
    stored = facts_from(canonical(sheet))
    shares = attribute(sheet, NOVEMBER, amount).shares

    assert canonical(decide(stored, NOVEMBER)) == canonical(decide(sheet, NOVEMBER))
    assert canonical(attribute(stored, NOVEMBER, amount)) == canonical(attribute(sheet, NOVEMBER, amount))
    assert sum(share.amount for share in shares) == amount
