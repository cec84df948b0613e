"""Three months of orders, each with what its carriers saw and when the service heard of it; hours count from the start.

All hours lie on a grid of four, so that a plain count of its cells is exact.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

Place = tuple[str, str]
GRID = 4

_CITIES = """
    北京市 北京市, 天津市 天津市, 河北省 石家庄市, 山西省 太原市, 内蒙古自治区 包头市, 辽宁省 沈阳市, 吉林省 长春市,
    黑龙江省 哈尔滨市, 上海市 上海市, 江苏省 南京市, 浙江省 杭州市, 安徽省 合肥市, 福建省 厦门市, 江西省 南昌市,
    山东省 青岛市, 河南省 郑州市, 湖北省 武汉市, 湖南省 长沙市, 广东省 广州市, 广西壮族自治区 南宁市, 海南省 海口市,
    重庆市 重庆市, 四川省 成都市, 贵州省 贵阳市, 云南省 昆明市, 西藏自治区 拉萨市, 西藏自治区 那曲市, 陕西省 西安市,
    甘肃省 兰州市, 青海省 西宁市, 青海省 玉树藏族自治州, 宁夏回族自治区 银川市, 新疆维吾尔自治区 乌鲁木齐市,
    新疆维吾尔自治区 喀什地区, 台湾省, 香港特别行政区, 澳门特别行政区
"""
PLACES: tuple[Place, ...] = tuple(
    (province, "".join(city)) for province, *city in (place.split() for place in _CITIES.split(","))
)
"""Every province, each with a city where it has any here."""

FAR: tuple[Place, ...] = tuple(place for place in PLACES if place[0][:2] in ("新疆", "西藏"))


@dataclass(frozen=True)
class Told:
    """One scan: when it happened and when the service hears of it."""

    hour: int
    step: str
    heard: int
    leg: int = 1
    place: str | None = None
    cause: str | None = None
    celsius: float | None = None


@dataclass
class Scene:
    """One order and what happens to it; `uploads` says when each leg's waybill is on the order."""

    order_id: str
    paid: int
    total: int
    place: Place
    kinds: tuple[str, ...] = ("apple",)
    village: bool = False
    presale: bool = False
    promised: int | None = None
    out_of_stock: int | None = None
    uploads: dict[int, int] = field(default_factory=dict)
    scans: list[Told] = field(default_factory=list)


class Teller:
    """Adds scans to a scene one after the other; some are heard late, and so out of order."""

    def __init__(self, scene: Scene, dice: Random) -> None:
        self.scene, self.dice = scene, dice

    def upload(self, leg: int, after: int) -> int:
        """Put a leg's waybill on the order so many hours after payment."""
        self.scene.uploads[leg] = self.scene.paid + after
        return self.scene.uploads[leg]

    def scan(self, hour: int, step: str, **more: object) -> int:
        """Add a scan; one in eight is heard up to two days late."""
        late = self.dice.choice((4, 12, 32, 48)) if self.dice.random() < 0.125 else 0
        self.scene.scans.append(Told(hour, step, hour + late, **more))  # type: ignore[arg-type]
        return hour

    def trip(self, first: int, steps: list[tuple[int, str]], leg: int = 1) -> int:
        """Scan a leg: the first hour, then each step so many hours after the one before."""
        hour = first
        for pause, step in steps:
            hour += pause
            city = self.scene.place[0] + self.scene.place[1] if step in ("out_for_delivery", "delivered") else "中转场"
            self.scan(hour, step, leg=leg, place=city if self.dice.random() < 0.7 else None)
        return hour


def hours(dice: Random, least: int, most: int) -> int:
    """Return a number of hours on the grid."""
    return GRID * dice.randint(least // GRID, most // GRID)


def sound(teller: Teller, dice: Random) -> None:
    """Shipped and delivered, more or less in time."""
    up = teller.upload(1, hours(dice, 4, 40))
    road = [(0, "picked_up"), (hours(dice, 4, 20), "departed"), (hours(dice, 4, 32), "arrived"), (8, "departed")]
    teller.trip(up + hours(dice, 4, 20), [*road, (hours(dice, 4, 32), "out_for_delivery"), (4, "delivered")])


def late(teller: Teller, dice: Random) -> None:
    """Shipped late, perhaps severely."""
    up = teller.upload(1, hours(dice, 32, 80))
    teller.trip(up + hours(dice, 0, 40), [(0, "picked_up"), (12, "departed"), (20, "arrived"), (8, "delivered")])


def label_only(teller: Teller, dice: Random) -> None:
    """A waybill and nothing behind it, for good or for long."""
    up = teller.upload(1, hours(dice, 4, 32))
    teller.scan(up, "label_created")
    if dice.random() < 0.6:
        teller.trip(up + hours(dice, 20, 92), [(0, "picked_up"), (8, "departed"), (32, "delivered")])


def never(teller: Teller, dice: Random) -> None:
    """No waybill at all; sometimes the farmer says that nothing is left."""
    if dice.random() < 0.5:
        teller.scene.out_of_stock = teller.scene.paid + hours(dice, 4, 60)


def stuck_at_start(teller: Teller, dice: Random) -> None:
    """Scanned once, then not moved for a day or more, or never."""
    start = teller.trip(teller.upload(1, 4) + hours(dice, 4, 32), [(0, "picked_up")])
    if dice.random() < 0.7:
        teller.trip(start + hours(dice, 20, 72), [(0, "departed"), (20, "arrived"), (4, "delivered")])


def stuck_in_hub(teller: Teller, dice: Random) -> None:
    """The first hub keeps it, near the limit of its region."""
    hub = teller.trip(teller.upload(1, 4) + 4, [(0, "picked_up"), (4, "departed"), (8, "arrived")])
    if dice.random() < 0.8:
        teller.trip(hub + hours(dice, 40, 132), [(0, "departed"), (20, "arrived"), (4, "delivered")])


def astray(teller: Teller, dice: Random) -> None:
    """Handed over in another place than the address names, or in one that nobody can tell apart from it."""
    road = teller.trip(teller.upload(1, 4) + 4, [(0, "picked_up"), (4, "departed"), (20, "arrived")])
    other = dice.choice(PLACES)
    teller.scan(road + 12, "delivered", place="".join(other) if dice.random() < 0.8 else "家门口")


def silent(teller: Teller, dice: Random) -> None:
    """Falls silent on the way, for days or for good; some carriers report a loss."""
    road = teller.trip(teller.upload(1, 4) + 8, [(0, "picked_up"), (4, "departed"), (8, "arrived"), (8, "departed")])
    if dice.random() < 0.6:
        teller.trip(road + hours(dice, 32, 140), [(0, "arrived"), (8, "out_for_delivery"), (4, "delivered")])
    elif dice.random() < 0.5:
        teller.scan(road + hours(dice, 12, 100), "exception", cause="lost")


def slow(teller: Teller, dice: Random) -> None:
    """Scanned all the way, and days late."""
    hour = teller.trip(teller.upload(1, 4) + 8, [(0, "picked_up"), (8, "departed"), (12, "arrived"), (8, "departed")])
    for _ in range(dice.randint(2, 14)):
        hour = teller.trip(hour, [(hours(dice, 12, 32), "departed")])
    teller.trip(hour, [(12, dice.choice(("delivered", "delivered", "station_drop", "returning")))])


def warm(teller: Teller, dice: Random) -> None:
    """Cherries in a warm van, or one that is just cool enough."""
    teller.scene.kinds = dice.choice((("sweet_cherry",), ("sweet_cherry", "apple")))
    hour = teller.trip(teller.upload(1, 4) + 8, [(0, "picked_up"), (8, "departed"), (12, "arrived")])
    for celsius in (dice.choice((3.0, 9.0, 12.0)), dice.choice((3.0, 9.0, 15.0)), 3.0):
        hour = teller.scan(hour + hours(dice, 4, 16), "departed", celsius=celsius)
    teller.trip(hour, [(8, "delivered")])


def two_legs(teller: Teller, dice: Random) -> None:
    """Through a hub to a village far away: each leg with its own waybill and its own pace."""
    scene = teller.scene
    scene.place, scene.village = dice.choice(FAR), dice.random() < 0.6
    road = [(0, "picked_up"), (8, "departed"), (20, "arrived"), (12, "departed"), (hours(dice, 20, 40), "arrived")]
    hub = teller.trip(
        teller.upload(1, 4) + hours(dice, 4, 60), [*road, (hours(dice, 12, 120), "departed"), (20, "delivered")]
    )
    scene.uploads[2] = scene.uploads[1] + 12
    start = hub + hours(dice, 12, 112)
    pauses = [(hours(dice, 12, 44), "departed") for _ in range(dice.randint(1, 7))]
    teller.trip(start, [(0, "picked_up"), *pauses, (12, "delivered")], leg=2)


PLOTS: tuple[Callable[[Teller, Random], None], ...] = (
    sound, sound, late, label_only, never, stuck_at_start, stuck_in_hub, astray, silent, slow, warm, two_legs,
)  # fmt: skip


def season(seed: int, orders: int, days: int) -> list[Scene]:
    """Return so many orders, paid over so many days, to every province, by every plot in turn."""
    dice = Random(seed)
    scenes = []
    for number in range(orders):
        plot = PLOTS[number % len(PLOTS)]
        total = dice.choice((990, 5900, 29_990, 30_000, 45_600, 120_000, 400_000))
        paid = hours(dice, 0, days * 24)
        scene = Scene(f"{plot.__name__}-{number}", paid, total, PLACES[dice.randrange(len(PLACES))])
        scene.kinds = dice.choice((("apple",), ("apple",), ("chilled_fish",)))
        if dice.random() < 0.2:
            scene.presale, scene.promised = True, paid + hours(dice, 24, 200)
        elif dice.random() < 0.2:
            scene.promised = paid + hours(dice, 12, 92)
        plot(Teller(scene, dice), dice)
        scenes.append(scene)
    return scenes
