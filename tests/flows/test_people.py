"""What farmers, buyers and reviewers do with a claim, and what it does to everyone's money."""

import pytest

from schemas.vocabulary import Action, ExceptionCause, Party, Step
from service.domain.postings import farmer_held
from service.flows.act_on_claim import Actor, Move, act_on_claim
from service.flows.answer_once import Answered, Refusal, Request
from tests.builders import FARMER, BankAtHand, Season, journey, line, order, scan
from tests.conftest import do_all_work

HELD = farmer_held(FARMER)


@pytest.fixture
def asked(season: Season) -> str:
    """A claim that the farmer has been asked about: a part of it is missing."""
    season.put(order(), *journey())
    claim_id = season.claim(cause="missing", asked_bp=5000, evidence_ids=(season.upload(),))
    do_all_work(season.parts)
    assert season.read(claim_id)["waiting_on"] == "farmer"
    return claim_id


@pytest.fixture
def in_review(season: Season) -> str:
    """A claim above the limit of what policy settles alone."""
    season.put(order(lines=(line(paid=40000),)), *journey())
    claim_id = season.claim(evidence_ids=(season.upload(), season.upload()))
    do_all_work(season.parts)
    assert season.read(claim_id)["status"] == "in_review"
    return claim_id


def done(season: Season, claim_id: str, by: Party, action: Action, **carried: object) -> dict[str, object]:
    answer = season.act(claim_id, by, action, reason="seen on the photo", **carried)
    assert isinstance(answer, Answered), answer
    do_all_work(season.parts)
    return season.read(claim_id)


def paid_out(bank: BankAtHand) -> list[int]:
    return [effect["amount"] for effect in bank.effects()]


def borne(season: Season, claim_id: str) -> dict[str, int]:
    return {share["party"]: share["amount"] for share in season.read(claim_id)["liability"]}


def deadline_passes(season: Season, claim_id: str) -> None:
    season.rows("UPDATE claims SET response_due_at = now() - interval '1 second' WHERE claim_id = %s", claim_id)
    season.hasten()
    do_all_work(season.parts)


def test_a_farmer_who_is_silent_until_the_deadline_agrees(season: Season, bank: BankAtHand, asked: str) -> None:
    deadline_passes(season, asked)

    assert season.read(asked)["status"] == "approved_partial"
    assert paid_out(bank) == [995]
    assert borne(season, asked) == {"farmer": 995}


def test_a_farmer_who_agrees_ends_the_wait(season: Season, bank: BankAtHand, asked: str) -> None:
    claim = done(season, asked, Party.FARMER, Action.RESPOND, answer="agree")

    assert (claim["status"], paid_out(bank)) == ("approved_partial", [995])


def test_a_farmer_who_contests_sends_it_to_a_person_and_no_deadline_decides_over_that(
    season: Season, bank: BankAtHand, asked: str
) -> None:
    contested = done(season, asked, Party.FARMER, Action.RESPOND, answer="contest")
    deadline_passes(season, asked)

    assert (contested["status"], contested["stage"], contested["waiting_on"]) == ("in_review", "mediation", "platform")
    assert season.read(asked)["status"] == "in_review"
    assert paid_out(bank) == []


def test_a_buyer_who_calls_the_platform_in_gets_a_person_before_any_deadline(season: Season, asked: str) -> None:
    claim = done(season, asked, Party.BUYER, Action.ESCALATE)
    deadline_passes(season, asked)

    assert (claim["status"], claim["stage"]) == ("in_review", "mediation")
    assert season.read(asked)["status"] == "in_review"


def test_a_rejection_called_in_is_not_repeated_by_a_timer(season: Season, asked: str) -> None:
    rejected = done(season, asked, Party.PLATFORM, Action.REJECT)
    done(season, asked, Party.BUYER, Action.ESCALATE)
    deadline_passes(season, asked)

    assert rejected["status"] == "rejected"
    assert season.read(asked)["status"] == "in_review"


def test_a_rejection_is_not_called_in_beside_a_later_claim_for_the_same(season: Season, asked: str) -> None:
    done(season, asked, Party.PLATFORM, Action.REJECT)
    later = season.claim(cause="missing", asked_bp=5000)

    answer = season.act(asked, Party.BUYER, Action.ESCALATE)

    assert isinstance(answer, Refusal)
    assert (answer.code, later in answer.detail) == ("claim_exists", True)
    assert season.read(asked)["status"] == "rejected"


def test_a_reviewer_s_approval_pays_and_charges_what_was_ruled(
    season: Season, bank: BankAtHand, in_review: str
) -> None:
    claim = done(season, in_review, Party.PLATFORM, Action.APPROVE, amount=12345)

    assert (claim["status"], claim["granted"], claim["resolution"]) == ("approved_partial", 12345, "refund_only")
    assert paid_out(bank) == [12345]
    assert season.balance(HELD) == 40000 - 12345


def test_a_reviewer_cannot_grant_more_than_is_left(season: Season, in_review: str) -> None:
    answer = season.act(in_review, Party.PLATFORM, Action.APPROVE, amount=40001, reason="all of it and more")

    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == ("amount_above_left", "amount")
    assert season.read(in_review)["version"] == 2


def test_a_rejection_pays_nobody_and_charges_nobody(season: Season, bank: BankAtHand, in_review: str) -> None:
    claim = done(season, in_review, Party.PLATFORM, Action.REJECT)

    assert (claim["status"], claim["granted"], claim["liability"]) == ("rejected", 0, [])
    assert paid_out(bank) == []


def test_a_farmer_s_appeal_that_lowers_the_claim_leaves_the_buyer_the_money_and_the_rest_with_the_platform(
    season: Season, bank: BankAtHand, in_review: str
) -> None:
    done(season, in_review, Party.PLATFORM, Action.APPROVE, amount=20000)
    appealed = done(season, in_review, Party.FARMER, Action.APPEAL)
    lowered = done(season, in_review, Party.PLATFORM, Action.APPROVE, amount=5000)

    assert (appealed["status"], appealed["stage"]) == ("in_review", "appeal")
    assert (lowered["status"], lowered["granted"]) == ("approved_partial", 20000)
    assert paid_out(bank) == [20000]
    assert borne(season, in_review) == {"farmer": 5000, "platform": 15000}
    assert season.balance(HELD) == 40000 - 5000
    assert season.balance("platform_goodwill") == -15000


def test_a_farmer_s_appeal_lowered_to_nothing_takes_the_whole_charge_back(
    season: Season, bank: BankAtHand, in_review: str
) -> None:
    done(season, in_review, Party.PLATFORM, Action.APPROVE, amount=20000)
    done(season, in_review, Party.FARMER, Action.APPEAL)
    done(season, in_review, Party.PLATFORM, Action.APPROVE, amount=0)

    assert borne(season, in_review) == {"platform": 20000}
    assert season.balance(HELD) == 40000
    assert paid_out(bank) == [20000]


def test_news_during_an_appeal_charge_nobody_anew_until_it_is_ruled(season: Season, in_review: str) -> None:
    done(season, in_review, Party.PLATFORM, Action.APPROVE, amount=20000)
    done(season, in_review, Party.FARMER, Action.APPEAL)
    done(season, in_review, Party.PLATFORM, Action.APPROVE, amount=5000)
    done(season, in_review, Party.BUYER, Action.APPEAL)
    season.hear(scan("order-1", Step.EXCEPTION, 9, ExceptionCause.UNREACHABLE))
    do_all_work(season.parts)
    meanwhile = borne(season, in_review)
    done(season, in_review, Party.PLATFORM, Action.APPROVE, amount=6000)

    assert meanwhile == {"farmer": 5000, "platform": 15000}
    assert borne(season, in_review) == {"farmer": 6000, "platform": 14000}


def test_a_rejected_appeal_leaves_everything_as_it_stands(season: Season, bank: BankAtHand, in_review: str) -> None:
    done(season, in_review, Party.PLATFORM, Action.APPROVE, amount=20000)
    done(season, in_review, Party.FARMER, Action.APPEAL)
    rejected = done(season, in_review, Party.PLATFORM, Action.REJECT)

    assert (rejected["status"], rejected["granted"], paid_out(bank)) == ("approved_partial", 20000, [20000])
    assert borne(season, in_review) == {"farmer": 20000}


def test_a_buyer_s_appeal_that_raises_the_claim_pays_the_difference_only(
    season: Season, bank: BankAtHand, in_review: str
) -> None:
    done(season, in_review, Party.PLATFORM, Action.APPROVE, amount=20000)
    done(season, in_review, Party.BUYER, Action.APPEAL)
    raised = done(season, in_review, Party.PLATFORM, Action.APPROVE, amount=33000)

    assert (raised["granted"], paid_out(bank)) == (33000, [20000, 13000])
    assert borne(season, in_review) == {"farmer": 33000}
    assert season.balance(HELD) == 40000 - 33000


def test_a_reviewer_who_is_named_like_the_policy_rules_on_an_appeal_all_the_same(
    season: Season, bank: BankAtHand, in_review: str
) -> None:
    done(season, in_review, Party.PLATFORM, Action.APPROVE, amount=20000)
    done(season, in_review, Party.BUYER, Action.APPEAL)
    request, reviewer = Request(season.app, "key-of-policy", b"s" * 32), Actor(season.app, Party.PLATFORM, "policy")
    move = Move(Action.APPROVE, amount=33000, reason="seen")
    act_on_claim(season.parts.db, season.parts.deciding, request, reviewer, in_review, move)
    do_all_work(season.parts)

    assert (season.read(in_review)["status"], paid_out(bank)) == ("approved_partial", [20000, 13000])


def test_a_buyer_s_appeal_of_a_rejection_can_still_win(season: Season, bank: BankAtHand, in_review: str) -> None:
    done(season, in_review, Party.PLATFORM, Action.REJECT)
    done(season, in_review, Party.BUYER, Action.APPEAL)
    won = done(season, in_review, Party.PLATFORM, Action.APPROVE, amount=40000)

    assert (won["status"], paid_out(bank)) == ("approved", [40000])


def test_nobody_appeals_twice(season: Season, in_review: str) -> None:
    done(season, in_review, Party.PLATFORM, Action.APPROVE, amount=20000)
    done(season, in_review, Party.FARMER, Action.APPEAL)
    done(season, in_review, Party.PLATFORM, Action.REJECT)

    answer = season.act(in_review, Party.FARMER, Action.APPEAL, reason="again")
    assert isinstance(answer, Refusal)
    assert answer.code == "action_not_available"


def test_a_cancelled_claim_is_never_decided(season: Season, bank: BankAtHand, asked: str) -> None:
    cancelled = done(season, asked, Party.BUYER, Action.CANCEL)
    deadline_passes(season, asked)

    assert (cancelled["status"], season.read(asked)["status"]) == ("cancelled", "cancelled")
    assert paid_out(bank) == []


def test_who_saw_an_older_version_must_read_again(season: Season, asked: str) -> None:
    answer = season.act(asked, Party.PLATFORM, Action.APPROVE, version=1, reason="seen")

    assert isinstance(answer, Refusal)
    assert answer.code == "version_stale"


def test_a_reviewer_s_question_has_a_deadline_and_silence_gives_the_claim_back_to_a_person(
    season: Season, bank: BankAtHand, in_review: str
) -> None:
    questioned = done(season, in_review, Party.PLATFORM, Action.REQUEST_INFO)
    [waiting] = season.rows(
        "SELECT round(extract(epoch FROM response_due_at - now()) / 3600) AS hours FROM claims WHERE claim_id = %s",
        in_review,
    )
    deadline_passes(season, in_review)
    lapsed = season.read(in_review)
    season.hear(scan("order-1", Step.EXCEPTION, 9, ExceptionCause.DAMAGED))
    do_all_work(season.parts)

    assert (questioned["status"], questioned["waiting_on"], waiting["hours"]) == ("needs_action", "buyer", 48)
    assert (lapsed["status"], lapsed["status_detail"], lapsed["waiting_on"]) == ("in_review", "info_lapsed", "platform")
    assert (lapsed["response_due_at"], lapsed["review_due_at"] is None) == (None, False)
    assert (season.read(in_review)["status"], paid_out(bank)) == ("in_review", [])


def test_photos_in_time_end_a_reviewer_s_question_and_its_deadline_does_nothing_more(
    season: Season, in_review: str
) -> None:
    done(season, in_review, Party.PLATFORM, Action.REQUEST_INFO)
    answered = done(season, in_review, Party.BUYER, Action.EVIDENCE, evidence_ids=(season.upload(),))
    before = season.read(in_review)
    season.hasten()
    do_all_work(season.parts)

    assert (answered["status"], answered["response_due_at"]) == ("in_review", None)
    assert season.read(in_review) == before


def test_a_question_asked_again_is_not_ended_by_the_deadline_of_the_first(season: Season, in_review: str) -> None:
    done(season, in_review, Party.PLATFORM, Action.REQUEST_INFO)
    done(season, in_review, Party.PLATFORM, Action.REQUEST_INFO)
    season.hasten()
    do_all_work(season.parts)

    assert season.read(in_review)["status_detail"] == "info_requested"
