"""What can be done with a claim now, by whom, and until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.vocabulary import Action, Party, Stage, Status, WaitingOn

OPEN = frozenset({Status.SUBMITTED, Status.NEEDS_ACTION, Status.IN_REVIEW})
GRANTED = frozenset({Status.APPROVED, Status.APPROVED_PARTIAL})


@dataclass(frozen=True, slots=True)
class Standing:
    """The part of a claim that decides what can be done with it; `granted` in minor units."""

    status: Status
    stage: Stage
    waiting_on: WaitingOn
    granted: int
    decided_at: datetime | None
    response_due_at: datetime | None
    review_due_at: datetime | None
    appealed_by: frozenset[Party] = frozenset()


@dataclass(frozen=True, slots=True)
class Available:
    """An action, the party that may take it, and its deadline if it has one."""

    action: Action
    by: Party
    due_at: datetime | None = None


def available_actions(claim: Standing, appeal_window: timedelta, now: datetime) -> tuple[Available, ...]:
    """Return every action that the claim takes at `now`: an appeal once a party, within `appeal_window`.

    A farmer who is being asked is not interrupted: until the answer or the deadline nobody is asked anything else.
    """
    if claim.status in OPEN:
        return _while_open(claim)
    if claim.decided_at is None or now > claim.decided_at + appeal_window:
        return ()
    return _once_decided(claim, claim.decided_at + appeal_window)


def _while_open(claim: Standing) -> tuple[Available, ...]:
    asked_until = claim.response_due_at if claim.waiting_on is WaitingOn.BUYER else None
    actions = [Available(Action.EVIDENCE, Party.BUYER, asked_until)]
    if claim.granted == 0:
        actions.append(Available(Action.CANCEL, Party.BUYER))
    if claim.waiting_on is WaitingOn.FARMER:
        actions.append(Available(Action.RESPOND, Party.FARMER, claim.response_due_at))
        actions.append(Available(Action.ESCALATE, Party.BUYER))
    if claim.status is not Status.SUBMITTED:
        rulings = (Action.APPROVE, Action.REJECT)
        actions += [Available(action, Party.PLATFORM, claim.review_due_at) for action in rulings]
    if claim.status is not Status.SUBMITTED and claim.waiting_on is not WaitingOn.FARMER:
        actions.append(Available(Action.REQUEST_INFO, Party.PLATFORM, claim.review_due_at))
    return tuple(actions)


def _once_decided(claim: Standing, due_at: datetime) -> tuple[Available, ...]:
    actions = []
    if claim.status is Status.REJECTED and claim.stage is Stage.CLAIM:
        actions.append(Available(Action.ESCALATE, Party.BUYER, due_at))
    if claim.status in (Status.REJECTED, Status.APPROVED_PARTIAL) and Party.BUYER not in claim.appealed_by:
        actions.append(Available(Action.APPEAL, Party.BUYER, due_at))
    if claim.status in GRANTED and Party.FARMER not in claim.appealed_by:
        actions.append(Available(Action.APPEAL, Party.FARMER, due_at))
    return tuple(actions)
