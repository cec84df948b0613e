"""Buyers in a storm, as fast as they go or at a steady pace: threads that share the numbers."""

import threading
import time
from collections.abc import Callable, Sequence

from service.devstack.play import drawn_photo
from service.devstack.season import Json
from service.devstack.storm.cases import Case
from service.devstack.storm.door import Door, NotAcknowledged

POSTING_THREADS = 8
PHOTOS = 12


Act = Callable[[Door, int], object]
"""What is done for one number, insisting until it is acknowledged."""


class Posting:
    """Threads that act for every number; each has its time when they are spread over `seconds`, none at 0."""

    def __init__(self, door: Callable[[], Door], act: Act, numbers: range, seconds: float = 0.0) -> None:
        self._door, self._act, self._numbers = door, act, numbers
        self._pace_seconds = seconds / len(numbers) if numbers else 0.0
        self._called_off = threading.Event()
        self._began = time.monotonic()
        self._threads = [
            threading.Thread(target=self._post, args=(first,), daemon=True) for first in range(POSTING_THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> "Posting":
        return self

    def __exit__(self, *_: object) -> None:
        self._called_off.set()

    def finish(self) -> float:
        """Wait until all are posted, and return how many seconds that took since the start."""
        for thread in self._threads:
            thread.join()
        return time.monotonic() - self._began

    def _post(self, first: int) -> None:
        door = self._door()
        for place in range(first, len(self._numbers), POSTING_THREADS):
            if self._called_off.wait(max(self._began + place * self._pace_seconds - time.monotonic(), 0)):
                return
            try:
                self._act(door, self._numbers[place])
            except NotAcknowledged as why:
                door.acknowledged.note_given_up(str(why))


def post_case(door: Door, case: Case) -> str | None:
    """Post an order, its scans and its claim; return the claim's id."""
    order_id = case.order_id
    door.insist("orders", "PUT", f"/v1/orders/{order_id}", f"order-{order_id}", case.order)
    if case.scans["events"]:
        door.insist("orders", "POST", "/v1/tracking", f"scans-{order_id}", case.scans)
    if case.claim is None:
        return None
    began = time.monotonic()
    claim = door.insist("app", "POST", "/v1/claims", f"claim-{order_id}", case.claim)
    door.acknowledged.note(claim["id"], order_id, time.monotonic() - began)
    return str(claim["id"])


def upload_photos(door: Door, seed: int, numbers: Sequence[int] = range(PHOTOS)) -> list[str]:
    """Upload the photos that the claims will show."""
    return [upload(door, f"photo-{seed}-{number}", drawn_photo(number, 0)) for number in numbers]


def upload(door: Door, key: str, photo: bytes, media: str = "image/jpeg") -> str:
    """Upload one photo and return its id."""
    return str(kept_photo(door, key, photo, media)["id"])


def kept_photo(door: Door, key: str, photo: bytes, media: str = "image/jpeg") -> Json:
    """Upload one photo and return all that is told of it."""
    return door.insist("app", "POST", "/v1/evidence?kind=goods", key, photo, media)
