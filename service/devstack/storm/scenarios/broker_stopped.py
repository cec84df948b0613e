"""The broker is stopped (SIGSTOP): it keeps its connections and answers nobody, until it is resumed."""

from signal import SIGCONT, SIGSTOP

from service.devstack.storm.diary import Diary
from service.devstack.storm.scenario import Outcome, Scenario, Wish
from service.devstack.storm.scenarios.broker_absent import post_through, slow_answers
from service.devstack.storm.stage import raised


def play(wish: Wish, diary: Diary) -> Outcome:
    """Stop the broker, post at a steady pace, resume it."""
    with raised(wish, diary) as stage:
        stage.servers.signal_valkey(SIGSTOP)
        diary.struck("broker stopped: connections stay, nobody answers")
        settled_meanwhile = post_through(stage)
        stage.servers.signal_valkey(SIGCONT)
        diary.struck("broker resumed")
        verdict = stage.settled(wish.claims)
        return stage.outcome(verdict, slow_answers(stage), settled_meanwhile)


SCENARIO = Scenario(
    name="broker-stopped",
    strikes="the broker is stopped with SIGSTOP and resumed: dead connections that never close",
    holds="every claim 201 within 1 s; all settled within 60 s of its resumption",
    claims=300,
    seconds=90.0,
    play=play,
)
