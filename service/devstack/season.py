"""The sample season: an order for each way that a claim can go, with its parcel's scans, as JSON for the API."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Json = dict[str, Any]
Scans = tuple[tuple[float, str, Json], ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """One order's story: what was bought, what the carrier saw, what is claimed, what a person then does.

    Times are hours before now: `paid` of the payment, `scans` of each step. `claims` counts the system's own as well.
    """

    name: str
    title: str
    commodity: str
    paid_cents: int
    paid: float
    scans: Scans
    farmer: str = "farmer-zhang"
    province: str = "上海市"
    senior: bool = False
    freight_cents: int = 0
    hub: float | None = None
    claim: Json | None = None
    photos: int = 0
    then: tuple[str, Json] | None = None
    claims: int = 1
    more: Json = field(default_factory=dict)


def delivered(picked_up: float, arrived: float, **last: Any) -> Scans:
    """An ordinary trip: picked up and handed over so many hours ago."""
    return ((picked_up, "picked_up", {}), (arrived, "delivered", last))


def bad(cause: str, share_bp: int = 10_000, wanted: str = "refund_only") -> Json:
    """A claim for a share of the line."""
    return {"cause": cause, "affected": {"share_bp": share_bp}, "requested_resolution": wanted}


WARM: Scans = (
    (60.0, "picked_up", {"celsius": 2.0}),
    (40.0, "departed", {"celsius": 14.5}),
    (20.0, "arrived", {"celsius": 16.0}),
    (4.0, "delivered", {}),
)
LATE_ALL_ROUND: Scans = ((120.0, "picked_up", {}), (60.0, "arrived", {}), (5.0, "delivered", {}))
REFUSED: Scans = ((60.0, "picked_up", {}), (10.0, "exception", {"cause": "refused"}), (8.0, "returning", {}))

SEASON: tuple[Scene, ...] = (
    Scene(
        "half the berries rotten",
        "红颜草莓 2斤",
        "strawberry",
        6900,
        72,
        delivered(60, 5),
        freight_cents=800,
        claim=bad("rotten", 5000),
        photos=1,
    ),
    Scene(
        "a few soft leaves",
        "生菜 1箱",
        "lettuce",
        2990,
        72,
        delivered(60, 6),
        claim=bad("rotten", 1000),
        photos=1,
    ),
    Scene(
        "warm on the way",
        "烟台大樱桃 3斤",
        "sweet_cherry",
        9900,
        90,
        WARM,
        claim=bad("rotten", 8000),
        photos=1,
        claims=2,
    ),
    Scene(
        "crushed by the carrier",
        "阿克苏苹果 5斤",
        "apple",
        4590,
        80,
        ((60, "picked_up", {}), (30, "exception", {"cause": "damaged"}), (5, "delivered", {})),
        claim=bad("damaged"),
        photos=1,
    ),
    Scene(
        "sent late, travelled late",
        "丹东草莓 3斤",
        "strawberry",
        8800,
        180,
        LATE_ALL_ROUND,
        claim=bad("rotten"),
        photos=1,
        claims=3,
    ),
    Scene(
        "claimed too late",
        "水蜜桃 6只",
        "peach",
        5900,
        160,
        delivered(130, 80),
        claim=bad("rotten"),
        photos=1,
        farmer="farmer-li",
    ),
    Scene("bought by mistake", "芒果 5斤", "mango", 3990, 2, (), claim=bad("not_shipped")),
    Scene("refused at the door", "冰糖橙 10斤", "orange", 4990, 80, REFUSED, claim=bad("not_as_described")),
    Scene(
        "vanished",
        "榴莲 1只",
        "durian",
        15900,
        150,
        ((120, "picked_up", {}), (90, "departed", {})),
        claim=bad("lost"),
        claims=2,
    ),
    Scene("never shipped", "蓝莓 4盒", "blueberry", 7600, 50, ()),
    Scene(
        "not what was shown",
        "红心猕猴桃 12只",
        "kiwifruit",
        5200,
        80,
        delivered(60, 6),
        claim=bad("not_as_described", 4000),
        photos=1,
        then=("respond", {"answer": "agree", "note": "发错了规格"}),
    ),
    Scene(
        "too dear for a machine",
        "车厘子 10斤",
        "sweet_cherry",
        39900,
        80,
        delivered(60, 6),
        claim=bad("rotten"),
        photos=2,
        then=("approve", {"share_bp": 8000, "reason": "照片显示约八成腐烂"}),
    ),
    Scene(
        "an older buyer, a day later",
        "葡萄 4斤",
        "grape",
        5600,
        120,
        delivered(100, 30),
        senior=True,
        claim=bad("rotten", 3000),
        photos=1,
    ),
    Scene(
        "stuck behind the hub",
        "哈密瓜 2只",
        "watermelon",
        6600,
        260,
        ((230, "picked_up", {}), (180, "delivered", {})),
        province="新疆维吾尔自治区",
        hub=6,
        claim=bad("rotten"),
        photos=1,
        claims=2,
    ),
)


def order_json(scene: Scene, order_id: str, now: datetime) -> Json:
    """The order as the order service would PUT it."""
    waybills = [{"carrier": "SF", "number": f"{order_id}-1", "leg": 1}]
    if scene.hub is not None:
        waybills.append({"carrier": "YTO", "number": f"{order_id}-2", "leg": 2})
    return {
        "version": 1,
        "buyer": {"id": f"buyer-of-{order_id}", "senior": scene.senior},
        "farmer": {"id": scene.farmer, "name": "张家果园" if scene.farmer == "farmer-zhang" else "李家桃园"},
        "currency": "CNY",
        "paid_at": ago(now, scene.paid),
        "destination": {"province": scene.province, "city": "", "district": ""},
        "lines": [
            {
                "line_id": "1",
                "commodity": scene.commodity,
                "title": scene.title,
                "quantity": 1,
                "unit": "箱",
                "paid": cny(scene.paid_cents),
            }
        ],
        "freight": cny(scene.freight_cents),
        "waybills": waybills if scene.scans else [],
        "payment": {"channel": "sandbox", "transaction_id": f"pay-of-{order_id}"},
        "status": "paid",
    } | scene.more


def events_json(scene: Scene, order_id: str, now: datetime) -> list[Json]:
    """The parcel's scans as a carrier's adapter would post them."""
    legs = [(f"{order_id}-1", "SF", scene.scans)]
    if scene.hub is not None:
        legs.append((f"{order_id}-2", "YTO", ((176.0, "picked_up", {}), (scene.hub, "delivered", {}))))
    return [
        {"carrier": carrier, "number": number, "event_time": ago(now, hours), "step": step, **more}
        for number, carrier, scans in legs
        for hours, step, more in scans
    ]


def ago(now: datetime, hours: float) -> str:
    """An RFC 3339 time so many hours before now."""
    return (now - timedelta(hours=hours)).isoformat()


def cny(cents: int) -> Json:
    """Money of the contract: integer minor units."""
    return {"amount": cents, "currency": "CNY"}
