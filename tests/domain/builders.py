"""Small sheets to reason with: hours count from payment, amounts are minor units, the policy is the published one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.vocabulary import Air, Cause, ExceptionCause, OpenedBy, Resolution, Step
from service.domain.facts import (
    BuyerFacts,
    ClaimFacts,
    Facts,
    FarmerFacts,
    LineFacts,
    OrderFacts,
    PhotoFacts,
    Ruling,
)
from service.domain.parcel import Parcel, Scan, Waybill, parcel_of
from service.domain.policy import Policy
from service.policies.library import open_library

PAID = datetime(2026, 3, 1, tzinfo=UTC)
PUBLISHED = open_library().policies[0]
WAYBILLS = {1: Waybill("sf", "SF1", 1), 2: Waybill("village_post", "VP2", 2)}
FARMER, BUYER = "far_li", "buy_wang"


def at(hour: float) -> datetime:
    """Return the moment so many hours after payment."""
    return PAID + timedelta(hours=hour)


def policy(**guarantees: Any) -> Policy:
    """Return the published policy with figures changed: `policy(review={"amount_above": 100})`."""
    changed = {
        name: replace(getattr(PUBLISHED, name), **figures) if isinstance(figures, dict) else figures
        for name, figures in guarantees.items()
    }
    return replace(PUBLISHED, **changed)


def scan(
    hour: float, step: Step, cause: ExceptionCause | None = None, *, celsius: float | None = None, leg: int = 1
) -> Scan:
    """A carrier's scan so many hours after payment."""
    waybill = WAYBILLS[leg]
    return Scan(waybill.carrier, waybill.number, at(hour), step, cause, celsius)


def reading(hour: float, celsius: float, air: Air | None = None, *, device: str | None = None, leg: int = 1) -> Scan:
    """A device's reading so many hours after payment: no step of the parcel."""
    waybill = WAYBILLS[leg]
    return Scan(waybill.carrier, waybill.number, at(hour), None, celsius=celsius, air=air, device=device)


def trouble(hour: float, cause: ExceptionCause, *, leg: int = 1) -> Scan:
    """A carrier's report of trouble."""
    return scan(hour, Step.EXCEPTION, cause, leg=leg)


def parcel(*scans: Scan, legs: int = 1) -> Parcel:
    """A parcel of one waybill, or of two through a hub."""
    return parcel_of([WAYBILLS[leg] for leg in range(1, legs + 1)], scans)


def travelled(shipped: float = 10, delivered: float = 58, *more: Scan) -> Parcel:
    """A parcel scanned at pickup and at the hand-over."""
    return parcel(scan(shipped, Step.PICKED_UP), scan(delivered, Step.DELIVERED), *more)


def facts(cause: Cause = Cause.ROTTEN, opened: float = 60, **changes: Any) -> Facts:
    """A claim on strawberries, 100 CNY and 10 CNY freight, delivered in good time; `changes` name any single fact.

    `now` is in hours after payment (the claim's opening if not given), `parcel` a Parcel, `ruled` a ruling's amount.
    """
    sheet = Facts(
        as_of=at(changes.pop("now", opened)),
        claim=ClaimFacts("clm_1", OpenedBy.BUYER, at(opened), cause, Resolution.REFUND_ONLY, 3000),
        line=LineFacts("strawberry", 10_000, 1_000),
        order=OrderFacts("ord_1", FARMER, "CNY", 11_000, PAID, "paid", "浙江省"),
        buyer=BuyerFacts(BUYER),
        parcel=changes.pop("parcel") if "parcel" in changes else travelled(),
        photos=PhotoFacts(readable=2),
        farmer=FarmerFacts(),
        escalated=changes.pop("escalated", False),
    )
    ruled = changes.pop("ruled", None)
    if ruled is not None:
        sheet = replace(sheet, ruling=Ruling("Reviewer Zhou", ruled, "seen on the photos", at(opened + 1)))
    return _changed(sheet, changes)


def _changed(sheet: Facts, changes: dict[str, Any]) -> Facts:
    for name, value in changes.items():
        part = next(
            p for p in ("claim", "line", "order", "buyer", "photos", "farmer") if hasattr(getattr(sheet, p), name)
        )
        sheet = replace(sheet, **{part: replace(getattr(sheet, part), **{name: value})})
    return sheet
