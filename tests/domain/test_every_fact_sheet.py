"""What holds for every fact sheet, however odd."""

from hypothesis import assume, given
from hypothesis import strategies as st

from service.domain.decision import Outcome, decide
from service.domain.facts import Facts
from service.domain.findings import Verdict
from service.domain.guarantees import Guarantee
from service.domain.liability import attribute
from service.domain.money import WHOLE_BP, share_of, split
from service.domain.parcel import Scan, Waybill, parcel_of
from service.domain.postings import charges
from service.domain.remedies import rotten_share
from service.domain.sheet import canonical, facts_from
from tests.domain.any_facts import ALWAYS_THE_SAME, amounts, scans, sheets, waybills
from tests.domain.builders import PUBLISHED

GRANTS = {Outcome.APPROVED, Outcome.APPROVED_PARTIAL}


@ALWAYS_THE_SAME
@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=9))
def test_a_split_conserves_every_unit_and_strays_from_no_part_by_a_whole_one(total: int, weights: list[int]) -> None:
    parts = split(total, weights)

    assert sum(parts) == total
    if whole := sum(weights):
        assert all(abs(part * whole - total * weight) < whole for part, weight in zip(parts, weights, strict=True))


@ALWAYS_THE_SAME
@given(st.integers(0, 10**12), st.integers(0, WHOLE_BP))
def test_a_share_is_never_more_than_the_whole(amount: int, share_bp: int) -> None:
    assert 0 <= share_of(amount, share_bp) <= amount


@ALWAYS_THE_SAME
@given(st.integers(1, WHOLE_BP))
def test_a_rotten_share_is_never_paid_below_what_was_claimed(asked_bp: int) -> None:
    assert asked_bp <= rotten_share(asked_bp, PUBLISHED.rotten_guaranteed) <= WHOLE_BP


@ALWAYS_THE_SAME
@given(sheets)
def test_every_sheet_gets_one_decision_and_always_the_same_one(sheet: Facts) -> None:
    decision = decide(sheet, PUBLISHED)

    assert canonical(decision) == canonical(decide(sheet, PUBLISHED))
    assert decision.because is not None
    assert decision.findings
    assert (decision.outcome is Outcome.ASK_FARMER) == (decision.response_due_at is not None)


@ALWAYS_THE_SAME
@given(sheets)
def test_without_a_ruling_the_first_finding_that_is_no_pass_decides(sheet: Facts) -> None:
    assume(sheet.ruling is None)

    decision = decide(sheet, PUBLISHED)

    stopping = [finding for finding in decision.findings if finding.verdict is not Verdict.PASS]
    assert (decision.outcome in GRANTS) == (not stopping)
    if stopping:
        assert (decision.deciding_rule, decision.because) == (stopping[0].rule, stopping[0].because)


@ALWAYS_THE_SAME
@given(sheets)
def test_a_grant_moves_money_and_never_more_than_it_may(sheet: Facts) -> None:
    decision = decide(sheet, PUBLISHED)

    compensates = decision.guarantee is Guarantee.SHIPPING_DEADLINE
    most = PUBLISHED.shipping_deadline.severe_most if compensates else sheet.left
    assert (decision.outcome in GRANTS) == (decision.amount > 0)
    assert (decision.outcome in GRANTS) == (decision.resolution is not None)
    assert 0 <= decision.amount <= most
    assert 0 <= decision.share_bp <= WHOLE_BP


@ALWAYS_THE_SAME
@given(sheets, amounts)
def test_shares_of_a_loss_sum_to_the_whole_and_no_party_has_two(sheet: Facts, amount: int) -> None:
    shares = attribute(sheet, PUBLISHED, amount).shares

    assert sum(share.share_bp for share in shares) == WHOLE_BP
    assert sum(share.amount for share in shares) == amount
    assert all(share.amount >= 0 and share.because for share in shares)
    parties = [(share.party, share.party_id) for share in shares]
    assert len(set(parties)) == len(parties)


@ALWAYS_THE_SAME
@given(sheets, amounts)
def test_charges_give_back_what_was_advanced(sheet: Facts, amount: int) -> None:
    journals = charges("dec_1", "CNY", attribute(sheet, PUBLISHED, amount).shares, "ord_1", "clm_1", False)

    assert all(sum(moved for _, moved in journal.entries) == 0 for journal in journals)
    assert sum(journal.entries[1][1] for journal in journals) == amount


@ALWAYS_THE_SAME
@given(sheets)
def test_a_sheet_comes_back_from_storage_as_the_same_bytes(sheet: Facts) -> None:
    assert canonical(facts_from(canonical(sheet))) == canonical(sheet)


@ALWAYS_THE_SAME
@given(sheets, amounts)
def test_a_replay_from_storage_gives_the_same_bytes(sheet: Facts, amount: int) -> None:
    stored = facts_from(canonical(sheet))

    assert canonical(decide(stored, PUBLISHED)).encode() == canonical(decide(sheet, PUBLISHED)).encode()
    assert canonical(attribute(stored, PUBLISHED, amount)) == canonical(attribute(sheet, PUBLISHED, amount))


@ALWAYS_THE_SAME
@given(waybills, st.lists(scans, max_size=12), st.data())
def test_a_parcel_does_not_depend_on_the_order_or_repetition_of_scans(
    numbers: list[Waybill], told: list[Scan], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(told + told[: len(told) // 2]))

    assert parcel_of(data.draw(st.permutations(numbers)), shuffled) == parcel_of(numbers, told)
