"""Which storms there are, by name; the first one is meant where none is named."""

from service.devstack.storm.scenario import Scenario
from service.devstack.storm.scenarios import (
    broker_absent,
    broker_stopped,
    clock_off,
    cut_off,
    database_full,
    general,
    photos_full,
    poison_photo,
    sweeper_dead,
    webhook_receivers,
    worker_stopped,
)

_FILES = (
    general,
    broker_absent,
    broker_stopped,
    clock_off,
    worker_stopped,
    database_full,
    photos_full,
    poison_photo,
    sweeper_dead,
    webhook_receivers,
    cut_off,
)

SCENARIOS: dict[str, Scenario] = {file.SCENARIO.name: file.SCENARIO for file in _FILES}
