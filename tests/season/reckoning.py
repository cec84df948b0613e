"""What is owed, reckoned plainly from the mission's table and the scene alone; nothing of the service is used here.

Times are hours; what is asked at an hour may only know the scans that were heard by then.
"""

from dataclasses import dataclass
from itertools import pairwise

from tests.season.scenes import GRID, Scene

MOMENT = 1 / 120
"""Half a minute: how long after an hour the service looks."""

LATE_FIGURES = [300, 500, 800, 1200, 1500]
STALLED, LOST, WARM = 300, 2000, 1000
SLOW_PROVINCES = {"新疆": (168, 120), "西藏": (168, 120)} | dict.fromkeys(
    ("青海", "内蒙", "甘肃", "宁夏", "海南"), (120, 72)
)
VERY_REMOTE = {("新疆", "喀什"), ("西藏", "那曲"), ("青海", "玉树")}
REMOTE = {"新疆", "西藏", "青海", "内蒙", "甘肃", "宁夏", "海南"}
NORTH = {"新疆", "西藏", "青海", "内蒙", "黑龙", "吉林"}
DECEMBER, FEBRUARY = 21 * 24, 83 * 24
"""The first hours of both months, in a season that starts on the tenth of November."""

ALL = ("ship_by", "first_scan", "movement", "first_hub", "promise", "stall", "loss", "hub_forward")
STOPS = (
    ("大雪", {"黑龙", "吉林", "内蒙"}, ALL, 500, 596),
    ("台风", {"浙江", "福建", "上海"}, ("ship_by", "promise"), 900, 972),
    ("台风再来", {"浙江", "福建"}, ("ship_by", "movement", "promise"), 960, 1020),
)
"""Force majeure: its name, the provinces, the clocks that stand still, from when, until when."""


def area(scene: Scene) -> str:
    """Return the first two letters of the province."""
    return scene.place[0][:2]


def ran(scene: Scene, clock: str, start: float, end: float) -> float:
    """Return for how many hours a clock ran, counted cell by cell where anything stopped it."""
    stops = [(a, b) for _, places, clocks, a, b in STOPS if area(scene) in places and clock in clocks]
    if not any(a < end and b > start for a, b in stops):
        return end - start
    cells = range(int(start), int(end), GRID)
    whole = sum(GRID for cell in cells if not any(a <= cell < b for a, b in stops))
    rest = end - int(end)
    return whole + (0 if any(a <= int(end) < b for a, b in stops) else rest)


@dataclass
class Known:
    """A scene as far as it is known at an hour."""

    scene: Scene
    now: float

    def __post_init__(self) -> None:
        heard = sorted((t for t in self.scene.scans if t.heard <= self.now), key=lambda t: t.hour)
        self.words = {leg: [t for t in heard if t.leg == leg and t.step != "label_created"] for leg in (1, 2)}
        self.physical = {leg: [t for t in self.words[leg] if t.step != "exception"] for leg in (1, 2)}
        self.uploaded = {leg: hour for leg, hour in self.scene.uploads.items() if hour <= self.now}

    def first(self, leg: int, *steps: str) -> int | None:
        """Return the first physical scan of a leg, or the first of some steps."""
        return min((t.hour for t in self.physical[leg] if not steps or t.step in steps), default=None)

    def brought(self, leg: int) -> int | None:
        """Return when a leg's carrier had brought the parcel where it goes."""
        station = self.first(leg, "station_drop")
        return self.first(leg, "delivered") if station is None else station

    def ended(self, leg: int) -> int | None:
        """Return when a leg was over: at the station, handed over, passed on, or turned back."""
        onward = self.first(2) if leg == 1 and 2 in self.uploaded else None
        ends = (self.brought(leg), onward, self.first(leg, "returning"))
        return next((hour for hour in ends if hour is not None), None)


@dataclass
class Fake:
    """A label without a parcel, and until when."""

    until: float | None


def ship_due(scene: Scene, hours: int) -> tuple[int, int]:
    """Return from where and for how long the shipping clock runs, for the deadline and for its severe form."""
    if scene.presale and scene.promised is not None:
        return scene.paid, scene.promised - scene.paid + hours - 48
    if hours == 48 and scene.promised is not None:
        return scene.paid, min(scene.promised - scene.paid, 48)
    return scene.paid, hours


def beyond(scene: Scene, hours: int, at: float) -> bool:
    """Say whether an hour lies beyond the shipping deadline."""
    start, allowed = ship_due(scene, hours)
    return ran(scene, "ship_by", start, at) > allowed


def hub_hours(scene: Scene) -> int:
    """Return how long the first hub may keep a parcel."""
    if any(area(scene) == province and scene.place[1].startswith(city) for province, city in VERY_REMOTE):
        return 120
    if scene.place == ("西藏自治区", "拉萨市"):
        return 72
    return 72 if area(scene) in REMOTE else 48


def astray(known: Known) -> bool:
    """Say whether the parcel was handed over in another place than the address names, as far as that can be told."""
    handed = [t for t in known.physical[1] if t.step == "delivered"]
    if not handed or len(known.uploaded) > 1 or known.first(1, "returning") is not None:
        return False
    place, (province, city) = handed[-1].place or "", known.scene.place
    if not place or place == "家门口" or place == province + city:
        return False
    if not place.startswith(province):
        return True
    return bool(city) and place != province


def fakes(known: Known) -> list[Fake]:
    """Return every form of fake shipment that came true."""
    scene, now = known.scene, known.now
    if 1 not in known.uploaded:
        return []
    scanned, hub = known.first(1), known.first(1, "arrived")
    moved = known.first(1, "departed", "arrived", "out_for_delivery", "delivered", "station_drop", "returning")
    leaving = ("departed", "out_for_delivery", "delivered", "station_drop", "returning")
    left = min(
        (t.hour for t in known.physical[1] if hub is not None and t.hour >= hub and t.step in leaving), default=None
    )
    found = []
    for clock, start, done, allowed in (
        ("first_scan", known.uploaded[1], scanned, 24),
        ("movement", scanned, moved, 24),
        ("first_hub", hub, left, hub_hours(scene)),
    ):
        end = now if done is None else done
        if start is None or ran(scene, clock, start, end) <= allowed:
            continue
        if clock == "first_scan" and scene.presale and not beyond(scene, 48, end):
            continue
        found.append(Fake(done))
    return found + ([Fake(None)] if astray(known) else [])


def not_shipped(known: Known, opened: float | None) -> int:
    """Return what is owed at this hour for what was not shipped, in fen; `opened` is when that was first found."""
    scene, now = known.scene, known.now
    scanned = min((h for leg in known.uploaded if (h := known.first(leg)) is not None), default=None)
    sold_out = scanned is None and scene.out_of_stock is not None and scene.out_of_stock <= now
    late = beyond(scene, 48, now if scanned is None else scanned)
    found = fakes(known)
    if not (sold_out or late or any(fake.until is None or fake.until > now for fake in found)):
        return 0
    standing = [f for f in found if f.until is None or f.until > (now if opened is None else opened)]
    if not (sold_out or late or standing):
        return 0
    really = scanned
    if scanned is not None and standing:
        really = (
            None if any(f.until is None for f in standing) else max(scanned, *(int(f.until or 0) for f in standing))
        )
    if sold_out or beyond(scene, 72, now if really is None else really):
        return min(max((scene.total * 1000 + 5000) // 10_000, 500), 10_000)
    return 300 if scene.total <= 30_000 else min((scene.total * 100 + 5000) // 10_000, 3000)


def promised(scene: Scene, leg: int, last: bool) -> int:
    """Return the hours that a leg may take."""
    hours = SLOW_PROVINCES.get(area(scene), (72, 72))[leg - 1]
    leaves = scene.promised if scene.presale and scene.promised is not None else scene.paid
    if leg == 1 and scene.kinds == ("chilled_fish",):
        hours -= 24
    if leaves >= DECEMBER and area(scene) in NORTH:
        hours += 24
    if leaves >= FEBRUARY and leg == 1:
        hours += 24
    if scene.village and last:
        hours += {120: 96, 72: 48, 48: 0}[hub_hours(scene)]
    return hours


def troubles(known: Known, opened: float | None) -> list[tuple[int, int]]:
    """Return what is owed for trouble on the way as pairs of fen and leg."""
    found, over, legs = [], {}, sorted(known.uploaded)
    for leg in legs:
        hub = known.brought(1) if leg == 2 else None
        start, end = hub if hub is not None else known.first(leg), known.ended(leg)
        if start is not None:
            took = ran(known.scene, "promise", start, known.now if end is None else end)
            over[leg] = max(took - promised(known.scene, leg, leg == legs[-1]), 0)
        if hub is not None:
            passed_on = known.first(2)
            waited = ran(known.scene, "hub_forward", hub, known.now if passed_on is None else passed_on)
            if waited > 72 and (passed_on is None or passed_on > (known.now if opened is None else opened)):
                found.append((STALLED, leg))
        found += [(amount, leg) for amount in silences(known, leg, opened)]
        found += [(LOST, leg) for t in known.words[leg] if t.cause == "lost"]
        found += [(WARM, leg)] if too_warm(known, leg) else []
    days = -int(-sum(over.values()) // 24)
    return found + [(LATE_FIGURES[min(days, 5) - 1], leg) for leg, hours in over.items() if hours > 0]


def silences(known: Known, leg: int, opened: float | None) -> list[int]:
    """Return what silences on the way are worth that still lasted when they were found."""
    words, end = known.words[leg], known.ended(leg)
    moved = known.first(leg, "departed", "arrived", "out_for_delivery", "delivered", "station_drop", "returning")
    hub = known.first(1, "arrived") if leg == 1 else None
    left = min(
        (
            t.hour
            for t in known.physical[leg]
            if hub is not None and t.hour >= hub and t.step not in ("arrived", "picked_up")
        ),
        default=None,
    )
    arrived = min((t.hour for t in words if t.step in ("delivered", "station_drop", "returning")), default=None)
    hours = [t.hour for t in words if arrived is None or t.hour <= arrived]
    gaps: list[tuple[int, float | None]] = list(pairwise(hours))
    if hours and end is None:
        gaps.append((words[-1].hour, None))
    owed = []
    for since, until in gaps:
        in_hub = hub is not None and since >= hub and (left is None or since < left)
        on_the_way = leg == 2 or (moved is not None and since >= moved and not in_hub)
        if not on_the_way or (until is not None and until <= (known.now if opened is None else opened)):
            continue
        for clock, allowed, amount in (("stall", 48, STALLED), ("loss", 120, LOST)):
            if ran(known.scene, clock, since, known.now if until is None else until) > allowed:
                owed.append(amount)
    return owed


def too_warm(known: Known, leg: int) -> bool:
    """Say whether cherries were warmer than 8 °C: by more than 2.5 °C, or for twelve hours and more."""
    if known.scene.kinds != ("sweet_cherry",):
        return False
    read = sorted({(t.hour, t.celsius) for t in known.words[leg] if t.celsius is not None})
    hours = sum(after[0] - one[0] for one, after in pairwise(read) if one[1] > 8)
    peak = max((celsius for _, celsius in read if celsius > 8), default=0.0)
    return peak > 10.5 or (peak > 8 and hours >= 12)
