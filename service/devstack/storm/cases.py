"""What buyers bring in a storm: an order, its scans and a claim, drawn from the seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from service.devstack.season import Json, ago, cny


@dataclass(frozen=True, slots=True)
class Case:
    """An order with its scans, and the claim for it (None: it is only delivered)."""

    order_id: str
    order: Json
    scans: Json
    claim: Json | None


def usual_case(seed: int, number: int, photos: Sequence[str]) -> Case:
    """A box of strawberries that arrived some hours ago, partly rotten or damaged; policy decides it at once."""
    chance, now = random.Random(f"{seed}:{number}"), datetime.now(UTC)
    order_id = f"storm-{seed}-{number}"
    order, scans = order_of(order_id, now, chance), _scans(order_id, now, chance)
    return Case(order_id, order, scans, claim_of(order_id, chance, [chance.choice(photos)]))


def order_of(order_id: str, now: datetime, chance: random.Random, paid_hours_ago: float = 72) -> Json:
    """An order as the order service describes it."""
    return {
        "version": 1,
        "buyer": {"id": f"buyer-{order_id}", "senior": False},
        "farmer": {"id": f"farmer-{chance.randrange(40)}", "name": "果园"},
        "currency": "CNY",
        "paid_at": ago(now, paid_hours_ago),
        "destination": {"province": "上海市", "city": "", "district": ""},
        "lines": [
            {
                "line_id": "1",
                "commodity": "strawberry",
                "title": "草莓",
                "quantity": 1,
                "unit": "箱",
                "paid": cny(chance.randrange(900, 9900)),
            }
        ],
        "freight": cny(chance.choice((0, 0, 500))),
        "waybills": [{"carrier": "SF", "number": order_id, "leg": 1}],
        "payment": {"channel": "sandbox", "transaction_id": f"pay-{order_id}"},
        "status": "paid",
    }


def scans_of(order_id: str, now: datetime, hours_and_steps: Sequence[tuple[float, str]]) -> Json:
    """What the carrier saw, so many hours ago each."""
    return {
        "events": [
            {"carrier": "SF", "number": order_id, "event_time": ago(now, hours), "step": step}
            for hours, step in hours_and_steps
        ]
    }


def claim_of(order_id: str, chance: random.Random, evidence: Sequence[str]) -> Json:
    """A claim for part of the box."""
    return {
        "order_id": order_id,
        "line_id": "1",
        "cause": chance.choice(("rotten", "damaged")),
        "affected": {"share_bp": chance.choice((500, 1000, 3000, 6000, 10_000))},
        "requested_resolution": "refund_only",
        "evidence": list(evidence),
    }


def _scans(order_id: str, now: datetime, chance: random.Random) -> Json:
    delivered = chance.uniform(1, 10)
    scans = [(min(delivered + chance.uniform(30, 120), 71), "picked_up"), (delivered, "delivered")]
    chance.shuffle(scans)
    return scans_of(order_id, now, scans)
