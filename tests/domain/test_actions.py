"""What a claim offers, to whom and until when; and never what the database would refuse."""

import re
from datetime import datetime, timedelta
from itertools import product

import pytest

from schemas.vocabulary import Action, Party, Stage, Status, WaitingOn
from service.domain.actions import Available, Standing, available_actions
from service.store.migrate import FOLDER
from tests.domain.builders import at

APPEAL_WINDOW = timedelta(days=7)
TRANSITIONS = {
    (Status(before), Status(after))
    for before, after in re.findall(
        r"\('(\w+)', '(\w+)'\)",
        (FOLDER / "0001_foundation.sql")
        .read_text("utf-8")
        .partition("INSERT INTO claim_transitions")[2]
        .partition(";")[0],
    )
}
ENDS = {Status.APPROVED, Status.APPROVED_PARTIAL, Status.REJECTED}
LEADS_TO = {
    Action.EVIDENCE: {Status.SUBMITTED, Status.IN_REVIEW},
    Action.RESPOND: {*ENDS, Status.IN_REVIEW, Status.NEEDS_ACTION},
    Action.ESCALATE: {Status.IN_REVIEW},
    Action.APPROVE: ENDS,
    Action.REJECT: ENDS,
    Action.REQUEST_INFO: {Status.NEEDS_ACTION},
    Action.APPEAL: {Status.IN_REVIEW},
    Action.CANCEL: {Status.CANCELLED},
}


def standing(status: Status, waiting_on: WaitingOn = WaitingOn.NONE, **changes: object) -> Standing:
    known: dict[str, object] = {
        "stage": Stage.CLAIM,
        "granted": 0,
        "decided_at": None,
        "response_due_at": None,
        "review_due_at": None,
    }
    return Standing(status=status, waiting_on=waiting_on, **{**known, **changes})  # type: ignore[arg-type]


def offered(claim: Standing, now: datetime | None = None) -> set[tuple[Action, Party]]:
    return {(a.action, a.by) for a in available_actions(claim, APPEAL_WINDOW, now or at(0))}


def test_the_table_of_transitions_was_read() -> None:
    assert (Status.SUBMITTED, Status.APPROVED) in TRANSITIONS
    assert (Status.CANCELLED, Status.IN_REVIEW) not in TRANSITIONS


@pytest.mark.parametrize("status", Status)
def test_no_action_is_offered_that_the_database_would_refuse(status: Status) -> None:
    for stage, waiting_on, granted, decided_at, appealed_by in product(
        Stage, WaitingOn, (0, 5), (None, at(0)), (frozenset[Party](), frozenset(Party))
    ):
        claim = Standing(status, stage, waiting_on, granted, decided_at, None, None, appealed_by)
        for action, _ in offered(claim):
            moves_on = action is not Action.EVIDENCE or (status, waiting_on) == (Status.NEEDS_ACTION, WaitingOn.BUYER)
            for after in LEADS_TO[action] if moves_on else ():
                assert after is status or (status, after) in TRANSITIONS, f"{action} from {status} to {after}"


def test_every_action_has_a_known_end() -> None:
    assert LEADS_TO.keys() == set(Action)


def test_a_new_claim_takes_photos_and_can_be_cancelled() -> None:
    assert offered(standing(Status.SUBMITTED)) == {(Action.EVIDENCE, Party.BUYER), (Action.CANCEL, Party.BUYER)}


def test_a_claim_with_money_on_it_is_not_cancelled() -> None:
    assert (Action.CANCEL, Party.BUYER) not in offered(standing(Status.IN_REVIEW, granted=5))


def test_an_asked_farmer_may_answer_until_the_deadline_and_the_buyer_may_call_the_platform_in() -> None:
    claim = standing(Status.NEEDS_ACTION, WaitingOn.FARMER, response_due_at=at(48))

    actions = available_actions(claim, APPEAL_WINDOW, at(0))
    assert Available(Action.RESPOND, Party.FARMER, at(48)) in actions
    assert Available(Action.ESCALATE, Party.BUYER) in actions


def test_a_buyer_who_was_asked_sees_until_when_and_one_who_was_not_has_no_deadline() -> None:
    asked = standing(Status.NEEDS_ACTION, WaitingOn.BUYER, response_due_at=at(48))
    unasked = standing(Status.NEEDS_ACTION, WaitingOn.FARMER, response_due_at=at(48))

    assert Available(Action.EVIDENCE, Party.BUYER, at(48)) in available_actions(asked, APPEAL_WINDOW, at(0))
    assert Available(Action.EVIDENCE, Party.BUYER) in available_actions(unasked, APPEAL_WINDOW, at(0))


def test_a_farmer_who_was_not_asked_has_nothing_to_answer() -> None:
    assert (Action.RESPOND, Party.FARMER) not in offered(standing(Status.NEEDS_ACTION, WaitingOn.BUYER))


def test_a_reviewer_rules_on_what_is_in_review() -> None:
    assert offered(standing(Status.IN_REVIEW, WaitingOn.PLATFORM)) >= {
        (Action.APPROVE, Party.PLATFORM),
        (Action.REJECT, Party.PLATFORM),
        (Action.REQUEST_INFO, Party.PLATFORM),
    }


def test_a_refused_buyer_may_call_the_platform_in_or_appeal_within_the_window() -> None:
    refused = standing(Status.REJECTED, decided_at=at(0))

    due = at(7 * 24)
    assert available_actions(refused, APPEAL_WINDOW, due) == (
        Available(Action.ESCALATE, Party.BUYER, due),
        Available(Action.APPEAL, Party.BUYER, due),
    )
    assert offered(refused, due + timedelta(seconds=1)) == set()


def test_after_mediation_a_refused_buyer_appeals_and_does_not_mediate_again() -> None:
    mediated = standing(Status.REJECTED, stage=Stage.MEDIATION, decided_at=at(0))

    assert offered(mediated) == {(Action.APPEAL, Party.BUYER)}


def test_a_farmer_may_appeal_a_grant_and_a_buyer_only_a_partial_one() -> None:
    assert offered(standing(Status.APPROVED, decided_at=at(0))) == {(Action.APPEAL, Party.FARMER)}
    assert offered(standing(Status.APPROVED_PARTIAL, decided_at=at(0))) == {
        (Action.APPEAL, Party.FARMER),
        (Action.APPEAL, Party.BUYER),
    }


def test_an_appeal_is_taken_once() -> None:
    twice = standing(Status.REJECTED, stage=Stage.APPEAL, decided_at=at(0), appealed_by=frozenset(Party))

    assert offered(twice) == set()


def test_a_cancelled_claim_takes_nothing_more() -> None:
    assert offered(standing(Status.CANCELLED)) == set()
