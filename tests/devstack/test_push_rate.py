"""The rate at which pushes are read is told for every provider."""

from service.carriers.registry import PROVIDERS
from service.devstack.push_rate import push_rates


def test_every_provider_has_a_rate() -> None:
    rates = list(push_rates(seconds=0.01))

    assert [rate.provider for rate in rates] == list(PROVIDERS)
    assert all(rate.events and rate.events_per_second > rate.pushes_per_second > 0 for rate in rates)
