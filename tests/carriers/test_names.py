"""A carrier has one name here, whoever names it."""

import pytest

from service.carriers.names import CARRIERS, called_by, canonical, every_name


@pytest.mark.parametrize("name", ["SF", "sf", "shunfeng", "ShunFeng", "sf-express", "100012", "顺丰速运"])
def test_every_providers_name_of_a_carrier_is_one(name: str) -> None:
    assert canonical(name) == "SF"


def test_a_newcomers_column_is_read_like_the_others() -> None:
    assert set(every_name("SF", (*CARRIERS["SF"], ("snf",)))) >= {"SF", "顺丰速运", "100012", "sf-express", "snf"}


def test_a_name_that_nobody_listed_stays_as_it_is() -> None:
    assert canonical("village_post") == "village_post"
    assert called_by("kuaidi100", "village_post") == "village_post"


def test_no_name_means_two_carriers_and_naming_twice_changes_nothing() -> None:
    names = [name for code, row in CARRIERS.items() for name in {name.casefold() for name in every_name(code, row)}]

    assert len(set(names)) == len(names)
    assert all(canonical(code) == code for code in CARRIERS)


def test_a_provider_is_asked_in_its_own_words() -> None:
    assert (called_by("kuaidi100", "SF"), called_by("kdniao", "SF")) == ("shunfeng", "SF")
    assert all(called_by("kuaidi100", code) and called_by("kdniao", code) for code in CARRIERS)
