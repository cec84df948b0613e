"""The claim pack against a carrier: what it is charged, why, its own scans and temperatures, and the photos."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.domain.facts import Facts
from service.domain.guarantees import Guarantee
from service.domain.lanes import promised
from service.domain.parcel import Leg, warm_for
from service.domain.policy import Policy
from service.domain.sheet import facts_from, iso, plain
from service.flows.decide_claim import Deciding
from service.store import recoveries
from service.store.database import Connection

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pack:
    """A claim pack as JSON-able values; `photo_hashes` finds the copies to show, by evidence id."""

    contents: Json
    photo_hashes: dict[str, str]


def assemble_pack(conn: Connection, deciding: Deciding, recovery_id: str) -> Pack | None:
    """Put the pack of a recovery together, from the facts on which its charge rests; None if there is no such one.

    The buyer's name, words and history stay here: a carrier needs them for nothing.
    """
    row = recoveries.contents(conn, recovery_id)
    if row is None:
        return None
    facts, policy = facts_from(row["facts"]), deciding.library.by_id(row["policy_id"])
    contents = {
        "recovery_id": row["recovery_id"],
        "carrier": row["carrier"],
        "made_at": row["now"],
        "amount": _money(row, row["amount"]),
        "outstanding": _money(row, row["amount"] - row["recovered"] - row["written_off"]),
        "status": row["status"],
        "filing_due_at": row["filing_due_at"],
        "reference": row["reference"],
        "claim": _claim(row),
        "order": {"id": row["order_id"], "paid_at": row["paid_at"], "destination": _town(row["destination"])},
        "goods": [_line(row, line, policy) for line in row["lines"]],
        "waybills": row["waybills"],
        "charge": _charge(row),
        "legs": [_leg(leg, facts, policy, row) for leg in facts.parcel.legs if leg.carrier == row["carrier"]],
        "timeline": [{**scan, "at": iso(datetime.fromisoformat(scan["at"]))} for scan in row["scans"]],
        "photos": [_photo(photo) for photo in row["photos"]],
        "policy_version": row["policy_version"],
    }
    return Pack(plain(contents), {photo["id"]: photo["sha256"] for photo in row["photos"] if photo["shown"]})


def _claim(row: Json) -> Json:
    return {
        "id": row["claim_id"],
        "number": row["number"],
        "cause": row["cause"],
        "asked_bp": row["asked_bp"],
        "opened_at": row["claimed_at"],
        "guarantee": row["guarantee"],
        "guarantee_zh": Guarantee(row["guarantee"]).name_zh if row["guarantee"] else None,
        "granted": _money(row, row["granted"]),
        "arithmetic": json.loads(row["decision"])["arithmetic"] if row["decision"] else [],
    }


def _line(row: Json, line: Json, policy: Policy) -> Json:
    known = policy.commodities.get(line["commodity"])
    paid, freight = _money(row, line["paid"]), _money(row, line["freight"])
    return {**line, "commodity_zh": known.name_zh if known else None, "paid": paid, "freight": freight}


def _charge(row: Json) -> Json:
    return {
        "id": row["charge_id"],
        "share_bp": row["share_bp"],
        "because": row["charged_because"],
        "posted_at": row["posted_at"],
        "shares": [
            {"party": share["party"], "share_bp": share["share_bp"], "amount": _money(row, share["amount"])}
            for share in json.loads(row["result"])["shares"]
        ],
        "unknown": json.loads(row["result"])["unknown"],
    }


def _leg(leg: Leg, facts: Facts, policy: Policy, row: Json) -> Json:
    """What the carrier promised of this leg and what became of it."""
    commodity = policy.commodities.get(facts.line.commodity)
    limit = commodity.warm_above_celsius if commodity else None
    peak, above = warm_for(leg.warmth, limit) if limit is not None else (None, None)
    return {
        "leg": leg.leg,
        "number": leg.number,
        "promised_hours": _promised_hours(leg, facts, policy),
        "handed_over_at": leg.first_scan_at,
        "arrived_at": leg.arrived_at,
        "took_hours": _hours(leg.first_scan_at, leg.arrived_at),
        "damaged_at": leg.damaged_at,
        "lost_at": leg.lost_at,
        "warm_above_celsius": limit,
        "peak_celsius": peak,
        "minutes_above": int(above.total_seconds() // 60) if above is not None else None,
        "temperatures": [
            {
                "at": datetime.fromisoformat(told["at"]),
                "celsius": told["celsius"],
                "air": told["air"],
                "device": told["device"],
            }
            for told in row["readings"]
            if told["number"] == leg.number
        ],
    }


def _promised_hours(leg: Leg, facts: Facts, policy: Policy) -> int:
    return round(promised(leg, facts.journey, policy) / timedelta(hours=1))


def _hours(start: datetime | None, end: datetime | None) -> float | None:
    return round((end - start).total_seconds() / 3600, 1) if start and end else None


def _photo(photo: Json) -> Json:
    address = f"/v1/evidence/{photo['id']}/photo" if photo["shown"] else None
    received_at = iso(datetime.fromisoformat(photo["received_at"]))
    return {name: photo[name] for name in ("id", "kind", "sha256")} | {"received_at": received_at, "address": address}


def _town(destination: Any) -> str:
    """The region tells a lane, 上海市 once; the village and the door are the buyer's own."""
    parts = destination if isinstance(destination, dict) else {}
    names = dict.fromkeys(str(parts.get(name) or "") for name in ("province", "city", "district"))
    return "".join(names)


def _money(row: Json, amount: int) -> Json:
    return {"amount": amount, "currency": row["currency"]}
