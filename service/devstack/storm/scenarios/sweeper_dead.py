"""The sweeper is dead for ten minutes: an alarm tells soon, and what it would have woken waits for its return."""

import re
import threading

from service.devstack.storm.diary import Diary
from service.devstack.storm.door import Door
from service.devstack.storm.scenario import Outcome, Scenario, Wish
from service.devstack.storm.scenarios.broker_absent import post_through
from service.devstack.storm.stage import Stage, raised

METRIC = "makegood_sweeper_beat_age_seconds"
ALARM_AGE_SECONDS = 90.0
"""The alarm on this metric rings above that, as docs/operations.md says."""
ALARM_SECONDS = 120.0
"""It must ring this soon after the death."""
LOOK_SECONDS = 2.0


def play(wish: Wish, diary: Diary) -> Outcome:
    """Kill the sweeper, post at a steady pace, watch for the alarm, start it again."""
    with raised(wish, diary) as stage:
        stage.stack.supervisor.kill("sweeper")
        diary.struck("sweeper dead")
        alarm, over = _Alarm(), threading.Event()
        watching = threading.Thread(target=alarm.watch, args=(stage, over), daemon=True)
        watching.start()
        settled_meanwhile = post_through(stage)
        over.set()
        watching.join()
        stage.stack.supervisor.restart("sweeper")
        diary.struck("sweeper back")
        verdict = stage.settled(wish.claims)
        return stage.outcome(verdict, alarm.faults(wish), settled_meanwhile | alarm.figures())


class _Alarm:
    """Rings when the sweeper's last beat is too old."""

    def __init__(self) -> None:
        self.rang_after_seconds: float | None = None

    def watch(self, stage: Stage, over: threading.Event) -> None:
        """Look every two seconds until it rings."""
        door = stage.door()
        while not over.wait(LOOK_SECONDS):
            age_seconds = _beat_age_seconds(door)
            if age_seconds > ALARM_AGE_SECONDS:
                self.rang_after_seconds = stage.diary.seconds
                stage.diary.struck(f"ALARM at /metrics: the sweeper's last beat is {age_seconds:.0f} s old")
                return

    def faults(self, wish: Wish) -> list[str]:
        """Return what is wrong with the alarm, where the storm was long enough to tell."""
        if wish.seconds < ALARM_SECONDS:
            return []
        if self.rang_after_seconds is None:
            return ["no alarm rang"]
        late = self.rang_after_seconds > ALARM_SECONDS
        return [f"the alarm rang only after {self.rang_after_seconds:.0f} s"] if late else []

    def figures(self) -> dict[str, str]:
        """Return when it rang."""
        rang = self.rang_after_seconds
        return {"alarm": "did not ring" if rang is None else f"{rang:.0f} s after the sweeper's death"}


def _beat_age_seconds(door: Door) -> float:
    """The age of the sweeper's last beat, as operations see it."""
    told = re.search(rf"^{METRIC} (\S+)$", door.read("app", "/metrics").data.decode(), re.MULTILINE)
    if told is None:
        raise RuntimeError(f"/metrics does not tell {METRIC}")
    return float(told[1])


SCENARIO = Scenario(
    name="sweeper-dead",
    strikes="the sweeper is killed and stays dead while claims come at a steady pace",
    holds="an alarm within 2 minutes; claims are taken and decided all the same; all settled within 60 s of its return",
    claims=1200,
    seconds=600.0,
    play=play,
)
