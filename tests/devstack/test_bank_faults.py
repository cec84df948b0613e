"""Faults strike as often as asked, and on the same transfers again for the same seed."""

from service.devstack.bank.faults import Fault, FaultBook, FaultKind


def fault(count: int | None = None, probability: float = 1.0, seed: int = 7) -> Fault:
    return Fault(FaultKind.ERROR_500, count, probability, seed, seconds=0)


def struck(book: FaultBook, transfers: list[str]) -> list[str]:
    return [transfer_id for transfer_id in transfers if book.draw(transfer_id)]


TRANSFERS = [f"rfd_{number}" for number in range(400)]


def test_a_counted_fault_strikes_that_often_and_is_over() -> None:
    book = FaultBook()
    book.add(fault(count=2))

    assert struck(book, TRANSFERS) == ["rfd_0", "rfd_1"]
    assert book.in_force() == []


def test_a_seed_strikes_the_same_transfers_in_whatever_order_they_come() -> None:
    forwards, backwards = FaultBook(), FaultBook()
    forwards.add(fault(probability=0.3))
    backwards.add(fault(probability=0.3))

    assert sorted(struck(forwards, TRANSFERS)) == sorted(struck(backwards, TRANSFERS[::-1]))


def test_a_probability_is_the_share_that_is_struck() -> None:
    book = FaultBook()
    book.add(fault(probability=0.3))

    assert 90 <= len(struck(book, TRANSFERS)) <= 150


def test_another_seed_strikes_other_transfers() -> None:
    one, other = FaultBook(), FaultBook()
    one.add(fault(probability=0.3, seed=1))
    other.add(fault(probability=0.3, seed=2))

    assert struck(one, TRANSFERS) != struck(other, TRANSFERS)


def test_a_transfer_sent_again_is_drawn_again() -> None:
    book = FaultBook()
    book.add(fault(probability=0.5))
    attempts = [bool(book.draw("rfd_1")) for _ in range(50)]

    assert True in attempts
    assert False in attempts


def test_after_clearing_nothing_strikes_and_a_seed_begins_anew() -> None:
    book = FaultBook()
    book.add(fault(probability=0.3))
    first = struck(book, TRANSFERS)
    book.clear()
    between = struck(book, TRANSFERS)
    book.add(fault(probability=0.3))

    assert between == []
    assert struck(book, TRANSFERS) == first
