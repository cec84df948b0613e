"""Photos that hang, bloat or kill the decoder, and one that kills its whole worker: the rest is decided at pace."""

import os
import random
import threading
import time
from pathlib import Path
from signal import SIGSEGV

from service.devstack.play import drawn_photo
from service.devstack.stack import worker_of
from service.devstack.storm.acknowledged import Acknowledged
from service.devstack.storm.cases import usual_case
from service.devstack.storm.diary import Diary
from service.devstack.storm.door import Door
from service.devstack.storm.load import post_case, upload
from service.devstack.storm.poison import endless_photo, greedy_photo, huge_photo
from service.devstack.storm.scenario import Outcome, Scenario, Wish
from service.devstack.storm.stage import Stage, raised
from service.queues import TERMS, Kind, Queue
from service.store import audit, work

LOOK_SECONDS = 0.2
PARKED_SECONDS = 300.0
"""Five leases of 40 s, and as much again for a busy machine."""
PACE_SECONDS = 60.0
"""A healthy claim is decided this soon, though every photo before it may take the decoder's 15 s."""
DECODING_SERVER = b"service.evidence.fork_server"


def play(wish: Wish, diary: Diary) -> Outcome:
    """Mix the poison among healthy photos; two of them are struck down by hand whenever they are decoded."""
    with raised(wish, diary) as stage:
        poison, over = _Poison(stage), threading.Event()
        striking = threading.Thread(target=poison.strike, args=(over,), daemon=True)
        striking.start()
        with (
            diary.following(stage.acknowledged, wish.seconds),
            stage.post(range(wish.claims), wish.seconds, lambda door, number: _healthy(stage, door, number)) as posting,
        ):
            poison.post()
            posting.finish()
        verdict = stage.settled(wish.claims, parked=[poison.killer])
        faults = poison.faults()
        over.set()
        striking.join()
        with stage.db.autocommit() as conn:
            seconds = audit.seconds_to_decide(conn, list(stage.acknowledged.claims))
        slowest = max(seconds, default=0.0)
        pace = f"half within {seconds[len(seconds) // 2]:.1f} s, all within {slowest:.1f} s of their claim"
        faults += [f"a healthy claim was decided only after {slowest:.0f} s"] if slowest > PACE_SECONDS else []
        return stage.outcome(verdict, faults, {"healthy claims": pace} | poison.figures)


def _healthy(stage: Stage, door: Door, number: int) -> None:
    """Post a claim with a photo of its own, so that it waits for the decoder."""
    seed = stage.wish.seed
    photo = drawn_photo(number % 12, 0) + f"storm {seed} photo {number}".encode()
    post_case(door, usual_case(seed, number, [upload(door, f"own-photo-{seed}-{number}", photo)]))


class _Poison:
    """The poison photos by what they do, and the one who strikes for two of them."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._photos: dict[str, str] = {}
        self.workers_killed = self.decoders_killed = 0
        self.figures: dict[str, str] = {}

    @property
    def killer(self) -> str:
        """The photo that kills its worker."""
        return self._photos.get("kills the worker", "")

    def post(self) -> None:
        """Upload the poison, each with a claim that shows it, at moments drawn from the seed."""
        stage = self._stage
        door = Door(stage.api_urls, stage.stack.tokens, Acknowledged())
        chance = random.Random(stage.wish.seed)
        drawn = {
            "kills the worker": endless_photo("kills the worker"),
            "kills the decoder": endless_photo("kills the decoder"),
            "hangs": endless_photo("hangs"),
            "bloats": greedy_photo(),
            "says it is huge": huge_photo(),
        }
        for place, (does, photo) in enumerate(drawn.items()):
            key = f"poison-{stage.wish.seed}-{place}"
            self._photos[does] = upload(door, key, photo, "image/png" if photo[1:4] == b"PNG" else "image/jpeg")
            stage.diary.struck(f"a photo that {does}: {len(photo) / 1e6:.1f} MB")
            post_case(door, usual_case(stage.wish.seed, stage.wish.claims + place, [self._photos[does]]))
            time.sleep(chance.uniform(0, stage.wish.seconds / 20))

    def strike(self, over: threading.Event) -> None:
        """Kill the worker, or the process that decodes, whenever it has the photo that does so in hand."""
        while not over.wait(LOOK_SECONDS):
            with self._stage.db.autocommit() as conn:
                held = work.leased(conn, Kind.INSPECT_EVIDENCE)
            if self._photos.get("kills the decoder") in held and (decoders := _decoders()):
                for pid in decoders:
                    os.kill(pid, SIGSEGV)
                self.decoders_killed += 1
                self._stage.diary.struck("the decoder died of a photo")
            if held.get(self.killer, 0) > self.workers_killed and _decoders():
                self.workers_killed = held[self.killer]  # Its lease outlives the worker: once an attempt is enough.
                self._stage.stack.supervisor.restart(worker_of(Queue.PHOTOS))
                self._stage.diary.struck(f"the photo worker died of a photo, attempt {self.workers_killed}")

    def faults(self) -> list[str]:
        """Wait until the killer is parked, and return every poison photo that is not where it should be."""
        stage, ends_at = self._stage, time.monotonic() + PARKED_SECONDS
        while not self._is_parked() and time.monotonic() < ends_at:
            stage.diary.told(f"the photo that kills its worker is not parked yet; {self.workers_killed} workers died")
            time.sleep(TERMS[Kind.INSPECT_EVIDENCE].lease_seconds / 4)
        self.figures["workers killed"] = f"{self.workers_killed}, then the photo was parked"
        faults = [] if self._is_parked() else ["the photo that kills its worker was never parked"]
        for does, evidence_id in self._photos.items():
            shown = stage.door().read("app", f"/v1/evidence/{evidence_id}").json()
            self.figures[f"photo that {does}"] = (
                f"{shown['status']}{': ' if shown['refusal'] else ''}{shown['refusal'] or ''}"
            )
            if evidence_id != self.killer and shown["status"] == "pending":
                faults.append(f"the photo that {does} is still pending")
        return faults

    def _is_parked(self) -> bool:
        with self._stage.db.autocommit() as conn:
            return any(row["subject_id"] == self.killer for row in work.parked(conn))


def _decoders() -> list[int]:
    """The processes that decode a photo now: children of the decoding servers that descend from this process."""
    parents = {int(entry.name): _parent(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    ours = {pid for pid in parents if _descends(pid, os.getpid(), parents)}
    servers = {pid for pid in ours if _is_decoding_server(pid)}
    return [pid for pid in ours if parents[pid] in servers]


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return 0


def _descends(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid > 1:
        pid = parents.get(pid, 0)
        if pid == ancestor:
            return True
    return False


def _is_decoding_server(pid: int) -> bool:
    try:
        return DECODING_SERVER in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


SCENARIO = Scenario(
    name="poison-photo",
    strikes="photos that hang, bloat or kill the decoder, and one that kills its whole worker every time",
    holds="healthy claims are decided within 60 s; the poison ends unreadable or parked",
    claims=200,
    seconds=200.0,
    play=play,
)
