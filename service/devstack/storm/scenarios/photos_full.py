"""The disk of the photos is full: photos are refused with 507, none is acknowledged and lost."""

import threading
import time
from dataclasses import dataclass

from service.devstack.play import drawn_photo
from service.devstack.season import Json
from service.devstack.storm.cases import usual_case
from service.devstack.storm.diary import Diary
from service.devstack.storm.disk import SmallDisk, small_disk
from service.devstack.storm.door import Door
from service.devstack.storm.load import kept_photo, post_case
from service.devstack.storm.scenario import Outcome, Scenario, Wish
from service.devstack.storm.stage import Stage, raised
from service.evidence.photos import PhotoDamaged, PhotoNotFound, open_photo_store

MEGABYTES = 64
FULL_FROM, FULL_UNTIL = 0.25, 0.75
"""The disk is full from and until these parts of the storm."""
HONEST = ("507 photo_store_full", "503 photo_store_unavailable")


def play(wish: Wish, diary: Diary) -> Outcome:
    """Post claims, each with a photo of its own, while the disk under the photos is filled and freed."""
    photos = _Photos()
    with small_disk(wish.folder / "photos", MEGABYTES, "700") as disk, raised(wish, diary) as stage:
        filling = Filling(disk, "the photos' disk", FULL_FROM, FULL_UNTIL)
        striking = threading.Thread(target=fill_for_a_while, args=(stage, filling), daemon=True)
        striking.start()
        with (
            diary.following(stage.acknowledged, wish.seconds),
            stage.post(
                range(wish.claims), wish.seconds, lambda door, number: photos.claim(stage, door, number)
            ) as all_,
        ):
            all_.finish()
            striking.join()
        verdict = stage.settled(wish.claims)
        return stage.outcome(verdict, [*photos.lost(stage), *dishonest(stage, HONEST)], photos.figures())


@dataclass(frozen=True, slots=True)
class Filling:
    """A disk that is full from and until so much of a storm is over."""

    disk: SmallDisk
    name: str
    from_part: float
    until_part: float


def fill_for_a_while(stage: Stage, *fillings: Filling) -> None:
    """Fill each disk in its time, and free it."""
    seconds, diary = stage.wish.seconds, stage.diary
    for filling in fillings:
        time.sleep(max(seconds * filling.from_part - diary.seconds, 0))
        diary.struck(f"{filling.name} is full: {filling.disk.fill() / 1e6:.1f} MB of ballast, no byte left")
        time.sleep(max(seconds * filling.until_part - diary.seconds, 0))
        filling.disk.free()
        diary.struck(f"{filling.name} has room again")


def dishonest(stage: Stage, honest: tuple[str, ...]) -> list[str]:
    """Return what shows that the full disk was not met, or met with another answer than an honest one."""
    others = stage.acknowledged.other_answers
    met = any(answer in others for answer in honest)
    wrong = [f"answered {answer} {count} times" for answer, count in others.items() if answer not in honest]
    return wrong + ([] if met else ["the full disk was never met: post more claims, or for longer"])


class _Photos:
    """The photos that were acknowledged."""

    def __init__(self) -> None:
        self._kept: list[Json] = []

    def claim(self, stage: Stage, door: Door, number: int) -> None:
        """Upload a photo that nobody else has, and post a claim that shows it."""
        seed = stage.wish.seed
        photo = drawn_photo(number % 12, 0) + f"storm {seed} photo {number}".encode()
        kept = kept_photo(door, f"own-photo-{seed}-{number}", photo)
        self._kept.append(kept)
        post_case(door, usual_case(seed, number, [kept["id"]]))

    def lost(self, stage: Stage) -> list[str]:
        """Return every photo that was acknowledged and is not on disk with all its bytes."""
        store = open_photo_store(stage.stack.env["MAKEGOOD_PHOTOS_URL"])
        lost: list[str] = []
        for kept in self._kept:
            try:
                store.get(kept["sha256"])
            except (PhotoNotFound, PhotoDamaged) as why:
                lost.append(f"photo {kept['id']} was acknowledged and is lost: {why}")
        return lost[:10]

    def figures(self) -> dict[str, str]:
        """Return how many photos were acknowledged."""
        return {"photos": f"{len(self._kept)} acknowledged and looked for on disk"}


SCENARIO = Scenario(
    name="photos-full",
    strikes="the disk of the photos is filled to the last byte, and freed",
    holds="507 or 503 meanwhile, never a false 201; all settled within 60 s of room",
    claims=600,
    seconds=40.0,
    play=play,
)
