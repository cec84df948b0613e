"""Fact sheets of every shape that a type allows: odd times, nothing paid, no legs or many, readings, rulings."""

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st

from schemas.vocabulary import Cause, ExceptionCause, OpenedBy, Resolution, Step
from service.domain.facts import (
    CANCELLED,
    OUT_OF_STOCK,
    Answer,
    BuyerFacts,
    ClaimFacts,
    Facts,
    FarmerFacts,
    LineFacts,
    OrderFacts,
    PhotoFacts,
    Ruling,
)
from service.domain.guarantees import NOT_RECEIVED
from service.domain.parcel import Parcel, Scan, Waybill, parcel_of
from tests.domain.builders import PAID, facts, parcel, scan

ALWAYS_THE_SAME = settings(derandomize=True, deadline=None, max_examples=200, database=None)

WAYBILLS = [Waybill("sf", "SF1", 1), Waybill("zto", "ZT1", 1), Waybill("post", "P2", 2), Waybill("post", "P3", 3)]
CLOSE_CALLS = [0, 6 * 3600, 24 * 3600, 48 * 3600, 72 * 3600, 72 * 3600 + 1, -1]


def _at(seconds: float) -> datetime:
    return PAID + timedelta(seconds=seconds)


moments = st.one_of(st.integers(-100_000, 3_000_000), st.sampled_from(CLOSE_CALLS), st.floats(0, 9e5)).map(_at)
amounts = st.one_of(st.just(0), st.integers(0, 500), st.integers(0, 5_000_000))
counts = st.integers(0, 9)
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)

scans = st.builds(
    lambda waybill, at, step, cause, celsius: Scan(waybill.carrier, waybill.number, at, step, cause, celsius),
    st.sampled_from(WAYBILLS),
    moments,
    st.sampled_from(Step),
    st.none() | st.sampled_from(ExceptionCause),
    st.none() | st.floats(-40, 60) | st.integers(-40, 60),
)
waybills = st.lists(st.sampled_from(WAYBILLS), unique=True)


@st.composite
def parcels(draw: st.DrawFn) -> Parcel:
    """A parcel as tracking would tell it."""
    return parcel_of(draw(waybills), draw(st.lists(scans, max_size=12)))


lines = st.builds(
    LineFacts, st.sampled_from(["strawberry", "kiwifruit", "live_crab", "moonfruit"]), amounts, amounts, amounts
)
orders = st.builds(
    OrderFacts,
    order_id=st.just("ord_1"),
    farmer_id=st.just("far_li"),
    currency=st.sampled_from(["CNY", "JPY"]),
    total=amounts,
    paid_at=st.just(PAID),
    status=st.sampled_from(["paid", "shipped", OUT_OF_STOCK, CANCELLED]),
    province=st.sampled_from(["浙江省", "新疆维吾尔自治区", ""]),
    presale=st.booleans(),
    ship_by=st.none() | moments,
    compensated=amounts,
    compensated_by=st.none() | st.just("clm_0"),
)
claims = st.builds(
    ClaimFacts,
    claim_id=st.just("clm_1"),
    opened_by=st.sampled_from(OpenedBy),
    opened_at=moments,
    cause=st.sampled_from(Cause),
    requested_resolution=st.sampled_from(Resolution),
    asked_bp=st.integers(1, 10_000),
    granted=amounts,
)
odd_sheets = st.builds(
    Facts,
    as_of=moments,
    claim=claims,
    line=lines,
    order=orders,
    buyer=st.builds(BuyerFacts, st.just("buy_wang"), st.booleans(), counts, counts, amounts),
    parcel=parcels(),
    photos=st.builds(PhotoFacts, counts, counts | st.just(0), counts, st.lists(words, max_size=2).map(tuple)),
    farmer=st.builds(FarmerFacts, st.none() | moments, st.none() | moments, st.none() | st.sampled_from(Answer), words),
    ruling=st.none() | st.builds(Ruling, words, amounts, words, moments),
    escalated=st.booleans(),
)


@st.composite
def likely_sheets(draw: st.DrawFn) -> Facts:
    """An everyday claim, so that the rules grant as often as they refuse."""
    shipped, transit, waited = draw(st.integers(1, 80)), draw(st.integers(5, 130)), draw(st.integers(0, 40))
    cause = draw(st.sampled_from(Cause))
    unshipped = draw(st.booleans()) and cause in NOT_RECEIVED
    steps = [] if unshipped else [scan(shipped, Step.PICKED_UP, celsius=draw(st.integers(0, 20)))]
    if cause not in NOT_RECEIVED:
        steps.append(scan(shipped + transit, Step.DELIVERED, celsius=draw(st.integers(0, 20))))
    return facts(
        cause,
        waited if unshipped else shipped + transit + waited,
        parcel=parcel(*steps),
        asked_bp=draw(st.integers(1, 10_000)),
        paid=draw(st.integers(1, 40_000)),
        freight=draw(st.integers(0, 2_000)),
        granted_elsewhere=draw(st.integers(0, 9_000)),
        requested_resolution=draw(st.sampled_from([Resolution.REFUND_ONLY, Resolution.COMPENSATION])),
        answer=draw(st.none() | st.sampled_from(Answer)),
    )


sheets = st.one_of(likely_sheets(), odd_sheets)
