"""Receipts made by earlier code under the published policies are told again to the byte by the code of today.

A receipt in `receipts/` is never made again and never edited: buyers and farmers hold what it says, and the replay of
a stored claim compares bytes. Where one of these tests fails, the code is wrong, however much better it decides: a
changed rule needs a policy of its own, a new field of a sheet the metadata `GAINED`. A new sheet is added to `SHEETS`;
`python -m tests.domain.test_old_receipts` then writes its receipt, and leaves those that exist as they are.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.vocabulary import Air, Cause, ExceptionCause, OpenedBy, Resolution, Step
from service.domain.decision import decide
from service.domain.facts import Answer, Facts
from service.domain.liability import attribute
from service.domain.parcel import folded, parcel_of
from service.domain.policy import Policy
from service.domain.sheet import canonical, facts_from
from service.domain.suspensions import Clock, Suspension
from service.domain.tellings import Query, Told, tellings_of
from service.policies.library import PUBLISHED, read_policy
from tests.domain.builders import WAYBILLS, at, facts, parcel, reading, scan, travelled, trouble
from tests.domain.november import HANGZHOU, KASHGAR, found, there, way

RECEIPTS = Path(__file__).parent / "receipts"
POLICIES = ("2026-01-01-guarantees.yaml", "2026-11-01-guarantees.yaml")

ROAD = (scan(10, Step.PICKED_UP), scan(14, Step.DEPARTED), scan(20, Step.ARRIVED), scan(24, Step.DEPARTED))
VILLAGE = replace(KASHGAR, to_village=True)
SLOW = (*ROAD, *(scan(hour, Step.DEPARTED) for hour in range(36, 180, 12)), scan(190, Step.DELIVERED))
ONWARD = [scan(hour, Step.DEPARTED, leg=2) for hour in range(200, 420, 20)]
SNOW = replace(
    HANGZHOU, suspensions=(Suspension("2026-03-03-snow", "暴雪", tuple(Clock), at(30), at(54)),), district="西湖区"
)
SYSTEM: dict[str, Any] = {"requested_resolution": Resolution.COMPENSATION, "opened_by": OpenedBy.SYSTEM}
WARM = travelled(10, 58, scan(20, Step.DEPARTED, celsius=12), scan(33, Step.ARRIVED, celsius=3))
LOGGED = travelled(
    10, 58, *(reading(12 + quarter / 4, 9 + quarter % 3, Air.RETURN, device="LOG-7") for quarter in range(60))
)
MISPLACED = way(*ROAD, there(40, Step.DELIVERED, "四川省成都市"))


def told(sheet: Facts, *scans: tuple[str, bool, float, Step], query: Query | None = None) -> Facts:
    """The sheet as several providers tell its parcel, some by weakly signed pushes."""
    heard = [Told(replace(scan(hour, step), place="杭州"), who, weak, "杭州") for who, weak, hour, step in scans]
    parcel = folded(parcel_of([WAYBILLS[1]], [one.scan for one in heard]))
    return replace(sheet, parcel=parcel, tellings=tellings_of([WAYBILLS[1]], heard), query=query)


WEAK = (("kuaidi100", True, 10, Step.PICKED_UP), ("kuaidi100", True, 58, Step.DELIVERED))
ASKED = Query(askable=True, wanted_at=at(59), heard_at=at(58.5))

SHEETS: dict[str, tuple[Facts, int]] = {
    "rotten_above_tolerance": (facts(), 3_300),
    "rotten_within_tolerance": (facts(asked_bp=1_000), 1_100),
    "rotten_late_and_crushed": (
        facts(opened=176, parcel=travelled(60, 175, trouble(100, ExceptionCause.DAMAGED)), asked_bp=10_000),
        11_000,
    ),
    "rotten_collected_late": (facts(opened=81, parcel=travelled(10, 80, scan(50, Step.STATION_DROP))), 3_300),
    "rotten_ruled_lower": (facts(ruled=500, granted=3_300, escalated=True, note="已打包"), 3_300),
    "rotten_weak_word_waits": (told(facts(asked_bp=10_000, opened=60), *WEAK, query=ASKED), 11_000),
    "rotten_providers_clash": (
        told(facts(), *WEAK, ("sf", False, 10, Step.PICKED_UP), ("sf", False, 80, Step.DELIVERED), query=ASKED),
        3_300,
    ),
    "rotten_warm_by_readings": (facts(parcel=WARM), 3_300),
    "rotten_warm_by_held": (facts(parcel=folded(LOGGED)), 3_300),
    "refund_only_agreed": (facts(Cause.MISSING, answer=Answer.AGREE, asked_at=at(61), note="少了两盒"), 3_300),
    "rotten_photos_doubted": (facts(Cause.WRONG_ITEM, signals=("evd_1: taken before the order",)), 0),
    "express_unshipped": (facts(Cause.NOT_SHIPPED, 5, parcel=parcel(), asked_bp=10_000, paid=4_000, freight=0), 4_000),
    "express_lost": (facts(Cause.LOST, 90, parcel=parcel(ROAD[0]), asked_bp=10_000, paid=4_000), 5_000),
    "deadline_missed": (facts(Cause.NOT_SHIPPED, 50, parcel=parcel(), **SYSTEM), 300),
    "deadline_refuted_later": (facts(Cause.NOT_SHIPPED, 60, parcel=travelled(47, 59), granted=300, **SYSTEM), 300),
    "deadline_moved_by_snow": (found(Cause.NOT_SHIPPED, 80, parcel(), SNOW), 300),
    "fake_not_moved": (found(Cause.NOT_SHIPPED, 31, way(scan(6, Step.PICKED_UP))), 300),
    "fake_led_elsewhere": (found(Cause.NOT_SHIPPED, 41, MISPLACED), 300),
    "trouble_lost_by_coupon": (found(Cause.LATE, 150, way(*ROAD)), 2_000),
    "trouble_excused_by_snow": (found(Cause.LATE, 73, way(*ROAD), SNOW, opened=73, granted=300), 300),
    "trouble_in_a_xinjiang_village": (
        found(Cause.LATE, 430, way(*SLOW, *ONWARD, scan(426, Step.DELIVERED, leg=2), legs=2), VILLAGE),
        500,
    ),
    "by_person_cheaper_elsewhere": (facts(Cause.CHEAPER_ELSEWHERE), 1_000),
}
"""What a receipt is kept of, with what the buyer was granted, in minor units."""


def published(name: str) -> Policy:
    return read_policy((PUBLISHED / name).read_text(encoding="utf-8"), name)


def receipt(sheet: Facts, granted: int) -> dict[str, Any]:
    """A sheet with its decision and attribution under each policy, as the texts that the database keeps."""
    under = {}
    for name in POLICIES:
        policy = published(name)
        shared = attribute(sheet, policy, granted)
        under[name] = {"decision": canonical(decide(sheet, policy)), "attribution": canonical(shared)}
    return {"facts": canonical(sheet), "granted": granted, "under": under}


def kept(name: str) -> dict[str, Any]:
    return dict(json.loads((RECEIPTS / f"{name}.json").read_text(encoding="utf-8")))


NAMES = sorted(path.stem for path in RECEIPTS.glob("*.json"))


def test_no_receipt_was_lost() -> None:
    assert set(SHEETS) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("policy", POLICIES)
def test_an_old_receipt_is_told_again_to_the_byte(name: str, policy: str) -> None:
    old = kept(name)
    sheet, rules = facts_from(old["facts"]), published(policy)

    assert canonical(sheet).encode() == old["facts"].encode()
    assert canonical(decide(sheet, rules)).encode() == old["under"][policy]["decision"].encode()
    shared = attribute(sheet, rules, old["granted"])
    assert canonical(shared).encode() == old["under"][policy]["attribution"].encode()


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_comes_back_from_its_text_as_the_same_value(name: str) -> None:
    sheet, _ = SHEETS[name]

    assert facts_from(canonical(sheet)) == sheet


def keep_new() -> None:
    """Write the receipts of sheets that have none yet."""
    for name in sorted(set(SHEETS) - set(NAMES)):
        text = json.dumps(receipt(*SHEETS[name]), ensure_ascii=False, indent=1)
        (RECEIPTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    keep_new()
