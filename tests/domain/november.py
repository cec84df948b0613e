"""Journeys under the policy of November, in which every clock runs: hours count from payment."""

from dataclasses import replace
from typing import Any

from schemas.vocabulary import Cause, OpenedBy, Resolution, Step
from service.domain.facts import Facts, Journey, OrderFacts
from service.domain.parcel import Parcel, Scan, Waybill, parcel_of
from service.policies.library import open_library
from tests.domain.builders import WAYBILLS, at, facts, scan

NOVEMBER = open_library().policies[1]
HANGZHOU = replace(facts().order, city="杭州市", region="3301")
KASHGAR = replace(facts().order, province="新疆维吾尔自治区", city="喀什地区", region="6531")


def way(*scans: Scan, uploaded: float = 2, legs: int = 1) -> Parcel:
    """A parcel whose waybills were all uploaded at an hour."""
    known = (WAYBILLS[leg] for leg in range(1, legs + 1))
    return parcel_of([Waybill(w.carrier, w.number, w.leg, at(uploaded)) for w in known], scans)


def there(hour: float, step: Step, place: str, leg: int = 1) -> Scan:
    """A scan at a place."""
    return replace(scan(hour, step, leg=leg), place=place)


def journey(now: float, parcel: Parcel, order: OrderFacts = HANGZHOU, commodity: str = "apple") -> Journey:
    """What is known of an order at an hour."""
    return Journey(at(now), order, parcel, commodity)


def found(cause: Cause, now: float, parcel: Parcel, order: OrderFacts = HANGZHOU, **changes: Any) -> Facts:
    """The sheet of a compensation that the system opened at `opened` (now, unless given)."""
    known = {"commodity": "apple", "requested_resolution": Resolution.COMPENSATION, "opened_by": OpenedBy.SYSTEM}
    sheet = facts(cause, changes.pop("opened", now), now=now, parcel=parcel, **{**known, **changes})
    return replace(sheet, order=replace(order, total=changes.get("total", order.total)))
