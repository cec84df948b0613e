"""Ids name their kind and sort by time."""

from uuid import UUID

from service.domain.ids import make_id

SOME = bytes(range(10))


def test_an_id_is_its_prefix_and_a_uuid_of_version_seven() -> None:
    made = make_id("clm", 1_767_225_600_000, SOME)

    prefix, _, digits = made.partition("_")
    assert prefix == "clm"
    assert (UUID(digits).version, UUID(digits).variant) == (7, "specified in RFC 4122")
    assert int(digits[:12], 16) == 1_767_225_600_000


def test_a_later_id_sorts_after_an_earlier_one_whatever_the_randomness() -> None:
    assert make_id("clm", 1_000, b"\xff" * 10) < make_id("clm", 1_001, b"\x00" * 10)


def test_other_randomness_makes_another_id() -> None:
    assert make_id("clm", 1_000, SOME) != make_id("clm", 1_000, SOME[::-1])
