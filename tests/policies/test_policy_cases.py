"""The cases of a policy maker: what was claimed, and what the published figures make of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.vocabulary import Cause, ExceptionCause, Resolution, Step
from service.domain.decision import decide
from service.domain.facts import Facts
from service.domain.liability import attribute
from service.domain.parcel import Scan, Waybill, parcel_of
from service.policies.library import PUBLISHED, read_policy
from tests.domain.builders import WAYBILLS, at, facts, scan, trouble

HERE = Path(__file__).parent
STEPS = {
    "picked_up": Step.PICKED_UP,
    "departed": Step.DEPARTED,
    "hub": Step.ARRIVED,
    "left_hub": Step.DEPARTED,
    "last_seen": Step.DEPARTED,
    "delivered": Step.DELIVERED,
    "station": Step.STATION_DROP,
}
TROUBLES = {"refused": ExceptionCause.REFUSED, "damaged": ExceptionCause.DAMAGED, "lost": ExceptionCause.LOST}
DEFAULTS = {"freight": 0, "photos": 2}


def _cases() -> list[Any]:
    return [
        pytest.param(file["policy"], case, id=f"{path.stem}: {case['name']}")
        for path in sorted(HERE.glob("*.yaml"))
        for file in [yaml.safe_load(path.read_text(encoding="utf-8"))]
        for case in file["cases"]
    ]


def _sheet(given: dict[str, Any]) -> Facts:
    known = {**DEFAULTS, **given}
    cause, claimed = Cause(known.pop("cause")), known.pop("claimed")
    scans: list[Scan] = [scan(known.pop(name), step) for name, step in STEPS.items() if name in known]
    scans += [scan(hour, Step(step), leg=2) for step, hour in known.pop("leg_2", {}).items()]
    if "delivered_in" in known:
        place = known.pop("delivered_in")
        scans = [replace(s, place=place) if s.step is Step.DELIVERED else s for s in scans]
    scans += [trouble(known.pop(name), why) for name, why in TROUBLES.items() if name in known]
    known["readable"] = known.pop("photos")
    known["requested_resolution"] = Resolution(known.pop("wants", Resolution.REFUND_ONLY))
    if "ship_by" in known:
        known["ship_by"] = at(known["ship_by"])
    parcel = parcel_of(_waybills(known.pop("uploaded", None), known.pop("legs", 1)), scans)
    return facts(cause, claimed, parcel=parcel, **known)


def _waybills(uploaded: float | None, legs: int) -> list[Waybill]:
    known = (WAYBILLS[leg] for leg in range(1, legs + 1))
    return [replace(w, uploaded_at=at(uploaded) if uploaded is not None else None) for w in known]


@pytest.mark.parametrize(("policy_file", "case"), _cases())
def test_the_policy_decides_this_case_as_its_maker_expects(policy_file: str, case: dict[str, Any]) -> None:
    policy = read_policy((PUBLISHED / policy_file).read_text(encoding="utf-8"), policy_file)
    sheet, expected = _sheet(case["given"]), case["expect"]

    decision = decide(sheet, policy)

    assert (decision.outcome, decision.amount) == (expected["outcome"], expected["amount"]), decision.because
    assert expected.get("guarantee", decision.guarantee) == decision.guarantee
    assert expected.get("paid_as", decision.paid_as) == decision.paid_as
    assert expected.get("because", decision.because) == decision.because
    if "liable" in expected:
        shares = attribute(sheet, policy, decision.amount).shares
        assert {share.party.value: share.share_bp for share in shares} == expected["liable"]
