"""Three months of a season, played at speed through the real flows, and every verdict reckoned again by hand."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable

from schemas.vocabulary import ExceptionCause, Step
from service.domain.divisions import code_of
from service.domain.order import Order
from service.domain.parcel import Scan, Waybill
from service.domain.suspensions import Clock, ForceMajeure, Suspension
from service.flows.hear_carrier import event_of, hear_carrier
from service.flows.receive_order import receive_order
from service.flows.replay_claim import replay_claim
from service.store import audit, suspensions
from service.store.tracking import Event
from tests.builders import line, order
from tests.season.played import Played
from tests.season.reckoning import MOMENT, STOPS, Known, beyond, fakes, not_shipped, troubles
from tests.season.scenes import GRID, Scene, Told, season

SEED, ORDERS, DAYS = 20261110, 240, 80
PLATFORMS_LEG = 2
WATCHED_HOURS = 28 * 24
PROVINCES = {"黑龙": "黑龙江", "内蒙": "内蒙古"}


def test_every_deadline_of_three_months_is_found_in_time_once_and_as_the_table_says(played: Played) -> None:
    scenes = season(SEED, ORDERS, DAYS)
    _publish_force_majeure(played)
    _play(played, scenes)

    expected = sorted(grant for scene in scenes for grant in _reckoned(scene))
    found = sorted((o, cause, round(hour, 3), fen) for o, cause, fen, hour in played.granted())
    assert len(expected) > ORDERS
    assert [e for e in expected if e not in found] == []
    assert [f for f in found if f not in expected] == []
    assert len(found) == len(expected)
    _whoever_caused_it_bears_it(played, scenes)
    _the_books_agree(played)


def _whoever_caused_it_bears_it(played: Played, scenes: list[Scene]) -> None:
    borne = {key: set(shares) for key, shares in played.borne().items()}
    reckoned = {key: parties for scene in scenes for key, parties in _bearers(scene).items()}
    assert {
        key: (borne.get(key), reckoned.get(key)) for key in borne | reckoned if borne.get(key) != reckoned.get(key)
    } == {}
    assert {"farmer", "carrier", "platform"} == {party for shares in borne.values() for party in shares}


def _the_books_agree(played: Played) -> None:
    with played.season.parts.db.transaction() as conn:
        broken = [found for found in audit.broken_promises(conn) if "refund" not in found["promise"]]
    assert broken == []
    for row in played.rows("SELECT claim_id FROM claims ORDER BY claim_id LIMIT 60"):
        assert all(one.same for one in replay_claim(played.season.parts.db, row["claim_id"]))


def _play(played: Played, scenes: list[Scene]) -> None:
    """Let everything happen at its hour, and do what is due half a minute after it."""
    happening: dict[int, tuple[list[Order], list[Event]]] = defaultdict(lambda: ([], []))
    for scene in scenes:
        for at, wanted in _snapshots(played, scene):
            happening[at][0].append(wanted)
        for told in scene.scans:
            happening[told.heard][1].append(_event(played, scene, told))
    parts, app = played.season.parts, played.season.app
    while (hour := _next_hour(played, happening)) is not None and hour < (DAYS + 30) * 24:
        orders, events = happening.pop(hour, ([], []))
        played.turn_to(hour)
        for wanted in orders:
            receive_order(parts.db, parts.library, wanted, app)
        hear_carrier(parts.db, events)
        played.turn_to(hour + MOMENT)
        played.work()


def _next_hour(played: Played, happening: Iterable[int]) -> int | None:
    """Return the hour of what comes next: something that happens, or work due by half a minute after it."""
    due = played.next_due()
    hours = [*happening, *([] if due is None else [GRID * math.ceil((due - MOMENT) / GRID - 1e-9)])]
    return min(hours, default=None)


def _snapshots(played: Played, scene: Scene) -> list[tuple[int, Order]]:
    """Return the versions of an order, each with its hour: as it is paid, gets its waybills, is sold out."""
    changes = {scene.paid, *scene.uploads.values(), *([scene.out_of_stock] if scene.out_of_stock else [])}
    return [(hour, _order(played, scene, version, hour)) for version, hour in enumerate(sorted(changes), 1)]


def _order(played: Played, scene: Scene, version: int, hour: int) -> Order:
    lines = tuple(line(str(n), paid=scene.total if n == 1 else 0, commodity=k) for n, k in enumerate(scene.kinds, 1))
    province, city = scene.place
    return order(
        scene.order_id,
        version=version,
        buyer_id=f"buyer-{scene.order_id}",
        paid_at=played.at(scene.paid),
        ship_by=played.at(scene.promised) if scene.promised is not None else None,
        presale=scene.presale,
        province=province,
        city=city,
        region=code_of("", province, city),
        to_village=scene.village,
        status="out_of_stock" if scene.out_of_stock == hour else "paid",
        lines=lines,
        waybills=tuple(
            Waybill("SF" if leg == 1 else "YTO", f"{scene.order_id}-{leg}", leg)
            for leg, since in scene.uploads.items()
            if since <= hour
        ),
    )


def _event(played: Played, scene: Scene, told: Told) -> Event:
    scan = Scan(
        "SF" if told.leg == 1 else "YTO",
        f"{scene.order_id}-{told.leg}",
        played.at(told.hour),
        Step(told.step),
        ExceptionCause(told.cause) if told.cause else None,
        told.celsius,
    )
    return event_of(scan, zone_source="given", provider="canonical", place=told.place)


def _publish_force_majeure(played: Played) -> None:
    entries = [
        ForceMajeure(
            suspension_id=f"hash of {name}",
            suspension=Suspension(name, name, tuple(map(Clock, clocks)), played.at(starts), played.at(ends)),
            regions=tuple(PROVINCES.get(place, place) for place in sorted(places)),
            text=name,
        )
        for name, places, clocks, starts, ends in STOPS
    ]
    with played.season.parts.db.transaction() as conn:
        suspensions.publish(conn, entries)


def _reckoned(scene: Scene) -> list[tuple[str, str, float, int]]:
    """Return what is granted of a scene, when, and how much more each time."""
    grants = []
    for cause, owed in _OWED.items():
        granted, opened = 0, None
        for hour in range(scene.paid, scene.paid + WATCHED_HOURS, GRID):
            now = hour + MOMENT
            worth = owed(Known(scene, now), opened)
            if worth > granted:
                opened = now if opened is None else opened
                grants.append((scene.order_id, cause, round(now, 3), worth - granted))
                granted = worth
    return grants


def _bearers(scene: Scene) -> dict[tuple[str, str], set[str]]:
    """Return who bears each compensation of a scene once all is heard."""
    opened: dict[str, float] = {}
    for _, cause, hour, _ in _reckoned(scene):
        opened.setdefault(cause, hour)
    known = Known(scene, scene.paid + WATCHED_HOURS + MOMENT)
    parties: dict[tuple[str, str], set[str]] = {}
    if "not_shipped" in opened:
        parties[scene.order_id, "not_shipped"] = {"farmer" if _farmers(known, opened["not_shipped"]) else "platform"}
    if "late" in opened:
        legs = {leg for _, leg in troubles(known, opened["late"])} or {PLATFORMS_LEG}
        parties[scene.order_id, "late"] = {"carrier" if leg == 1 else "platform" for leg in legs}
    return parties


def _farmers(known: Known, opened: float) -> bool:
    scanned = min((hour for leg in known.uploaded if (hour := known.first(leg)) is not None), default=None)
    if scanned is None or beyond(known.scene, 48, scanned):
        return True
    return any(fake.until is None or fake.until > opened for fake in fakes(known))


def _trouble(known: Known, opened: float | None) -> int:
    """Nothing is on its way while the parcel counts as not shipped; what was granted before that stays."""
    if any(fake.until is None for fake in fakes(known)):
        return 0
    return max((fen for fen, _ in troubles(known, opened)), default=0)


_OWED: dict[str, Callable[[Known, float | None], int]] = {"not_shipped": not_shipped, "late": _trouble}
