"""The rules, one function each: facts and policy in, a finding with its reason out."""

from collections.abc import Callable
from datetime import timedelta

from schemas.vocabulary import Cause, Resolution
from service.domain.deadlines import (
    buyer_due_at,
    response_due_at,
    ship_by,
    told_ship_by,
    window_closes_at,
    window_of,
    window_starts_at,
)
from service.domain.facts import CANCELLED, OUT_OF_STOCK, Answer, Facts
from service.domain.findings import Finding, Verdict
from service.domain.policy import Policy
from service.domain.remedies import remedy_for
from service.domain.tellings import clashes
from service.domain.wording import lasting, moment, money, percent

Rule = Callable[[Facts, Policy], Finding]


def facts_agree(facts: Facts, policy: Policy) -> Finding:
    """Where sources contradict each other, a machine must not pick one."""
    for clash, sentence in _clashes(facts):
        if clash:
            return Finding("facts_agree", Verdict.REVIEW, sentence)
    for between_providers in clashes(facts.tellings, policy.carriers.apart):
        return Finding("facts_agree", Verdict.REVIEW, between_providers.because)
    return Finding("facts_agree", Verdict.PASS, "the buyer's word and the carrier's scans fit together")


def currency_covered(facts: Facts, policy: Policy) -> Finding:
    """Figures of one currency say nothing about another."""
    covered = facts.order.currency == policy.currency
    said = f"paid in {facts.order.currency}, the policy's figures are in {policy.currency}"
    return Finding("currency_covered", Verdict.PASS if covered else Verdict.REVIEW, said)


def called_in(facts: Facts, policy: Policy) -> Finding:
    """Who calls the platform in gets a person."""
    if facts.escalated:
        return Finding("called_in", Verdict.REVIEW, "the platform was called in")
    return Finding("called_in", Verdict.PASS, "nobody called the platform in")


def within_window(facts: Facts, policy: Policy) -> Finding:
    """A claim must arrive while the fruit can still testify."""
    start = window_starts_at(facts.parcel, policy)
    kind, senior = facts.line.commodity, facts.buyer.senior
    window = window_of(facts.order, kind, senior, policy)
    closes = window_closes_at(facts.order, facts.parcel, kind, senior, policy)
    if start is None or closes is None:
        return Finding("within_window", Verdict.REVIEW, "delivery is unknown: no delivery scan has come in")
    after = facts.claim.opened_at - start
    when = f"{lasting(after)} after" if after >= timedelta() else f"{lasting(-after)} before"
    said = f"claimed {when} delivery; the window is {lasting(window)}"
    return Finding("within_window", Verdict.REFUSE if facts.claim.opened_at > closes else Verdict.PASS, said)


def photos_decoded(facts: Facts, policy: Policy) -> Finding:
    """A photo that is still being read cannot be counted yet."""
    if facts.photos.pending:
        return Finding("photos_decoded", Verdict.WAIT, f"{facts.photos.pending} photo(s) are still being read")
    return Finding("photos_decoded", Verdict.PASS, "no photo is waiting to be read")


def enough_photos(facts: Facts, policy: Policy) -> Finding:
    """The goods must be seen: more money, more photos; one is enough for an older buyer."""
    needed = _photos_needed(facts, policy)
    have = facts.photos.readable
    said = f"{have} readable photo(s) of the goods, {needed} needed"
    if facts.photos.unreadable:
        said += f"; {facts.photos.unreadable} could not be read"
    if have >= needed:
        return Finding("enough_photos", Verdict.PASS, said)
    due = buyer_due_at(facts, policy)
    if facts.as_of >= due:
        return Finding("enough_photos", Verdict.REFUSE, f"{said}; asked for, and none came until {moment(due)}")
    return Finding("enough_photos", Verdict.ASK_BUYER, said)


def photos_unsuspicious(facts: Facts, policy: Policy) -> Finding:
    """A signal on a photo proves nothing, but a person should look."""
    if facts.photos.signals:
        return Finding("photos_unsuspicious", Verdict.REVIEW, "; ".join(facts.photos.signals))
    return Finding("photos_unsuspicious", Verdict.PASS, "no signal on the photos")


def something_left(facts: Facts, policy: Policy) -> Finding:
    """Nobody gets back more than was paid."""
    currency = facts.order.currency
    left, paid = money(facts.left, currency), money(facts.line_total, currency)
    said = f"{left} of the {paid} paid is left to refund"
    return Finding("something_left", Verdict.REFUSE if facts.left == 0 else Verdict.PASS, said)


def worth_something(facts: Facts, policy: Policy) -> Finding:
    """A grant moves money: a share so small that it rounds to nothing is no grant."""
    amount = remedy_for(facts, policy).amount
    if amount == 0:
        said = f"{percent(facts.claim.asked_bp)} of {money(facts.line_total, facts.order.currency)} rounds to nothing"
        return Finding("worth_something", Verdict.REFUSE, said)
    return Finding("worth_something", Verdict.PASS, f"worth {money(amount, facts.order.currency)}")


def amount_within_limit(facts: Facts, policy: Policy) -> Finding:
    """Above the policy's amount a person decides."""
    amount, limit = remedy_for(facts, policy).amount, policy.review.amount_above
    above, currency = "above" if amount > limit else "within", facts.order.currency
    said = f"{money(amount, currency)} is {above} the {money(limit, currency)} decided without a person"
    return Finding("amount_within_limit", Verdict.REVIEW if amount > limit else Verdict.PASS, said)


def usual_buyer(facts: Facts, policy: Policy) -> Finding:
    """Many claims of one buyer are for a person to judge."""
    limit, days = policy.review.buyer_claims_above, policy.review.buyer_claims_days
    said = f"{facts.buyer.recent_claims} earlier claims of this buyer in {days} days; {limit} are usual"
    return Finding("usual_buyer", Verdict.REVIEW if facts.buyer.recent_claims > limit else Verdict.PASS, said)


def undelivered(facts: Facts, policy: Policy) -> Finding:
    """Express refund is for parcels that never came, came back, or vanished."""
    parcel, rule = facts.parcel, policy.express_refund
    if parcel.shipped_at is None:
        return Finding("undelivered", Verdict.PASS, "no physical scan: not shipped")
    for at, what in (
        (parcel.refused_at, "refused"),
        (parcel.going_back_at, "returned"),
        (parcel.lost_at, "lost"),
    ):
        if at:
            return Finding("undelivered", Verdict.PASS, f"the carrier reports the parcel {what} at {moment(at)}")
    last = parcel.last_scan_at or parcel.shipped_at
    silent = facts.as_of - last
    said = f"last scan {lasting(silent)} ago; untracked after {rule.untracked_hours} h"
    if arrived := parcel.delivered_at or parcel.station_drop_at:
        return Finding("undelivered", Verdict.REVIEW, f"the carrier reports its arrival at {moment(arrived)}")
    if silent > timedelta(hours=rule.untracked_hours):
        return Finding("undelivered", Verdict.PASS, said)
    if facts.claim.cause is Cause.NOT_SHIPPED:
        return Finding(
            "undelivered", Verdict.REFUSE, f"shipped: first physical scan at {moment(parcel.shipped_at)}; {said}"
        )
    return Finding("undelivered", Verdict.REVIEW, f"on its way: {said}")


def within_express_caps(facts: Facts, policy: Policy) -> Finding:
    """Money before any argument has limits: an order's, and a buyer's for the day."""
    rule, amount = policy.express_refund, remedy_for(facts, policy).amount
    buyer, currency = facts.buyer, facts.order.currency
    more = money(amount, currency)
    day_limit, day_amount = money(rule.buyer_day_limit, currency), money(buyer.express_amount_today, currency)
    limits = (
        (amount > rule.order_limit, f"{more} is above the {money(rule.order_limit, currency)} for one order"),
        (
            buyer.express_today >= rule.buyer_day_count,
            f"{buyer.express_today} express refunds of this buyer in a day; {rule.buyer_day_count} are the most",
        ),
        (
            buyer.express_amount_today + amount > rule.buyer_day_limit,
            f"{day_amount} refunded to this buyer in a day; with {more} it is above {day_limit}",
        ),
    )
    for over, said in limits:
        if over:
            return Finding("within_express_caps", Verdict.REVIEW, said)
    return Finding("within_express_caps", Verdict.PASS, f"{more} is within the caps of order, buyer and day")


def free_to_leave(facts: Facts, policy: Policy) -> Finding:
    """Before shipping a buyer may leave at once early on, or from a late farmer; in between the farmer is asked."""
    if facts.parcel.shipped_at:
        return Finding("free_to_leave", Verdict.PASS, "the parcel was shipped; the carrier's data decides")
    if facts.order.status == OUT_OF_STOCK:
        return Finding("free_to_leave", Verdict.PASS, "the farmer is out of stock")
    asked = f"asked {lasting(max(facts.since_payment, timedelta()))} after payment"
    limit = policy.express_refund.within_hours_of_payment
    if facts.since_payment <= timedelta(hours=limit):
        return Finding("free_to_leave", Verdict.PASS, f"{asked}; at once within {limit} h")
    due = ship_by(facts.order, policy)
    if facts.as_of > due:
        return Finding("free_to_leave", Verdict.PASS, f"not shipped by {moment(due)}")
    answered = farmer_answered(facts, policy)
    return Finding("free_to_leave", answered.verdict, f"{asked}, over {limit} h; {answered.because}")


def farmer_answered(facts: Facts, policy: Policy) -> Finding:
    """The farmer is heard; silence until the deadline is consent."""
    due = response_due_at(facts, policy)
    if facts.farmer.answer is Answer.AGREE:
        return Finding("farmer_answered", Verdict.PASS, "the farmer agrees")
    if facts.farmer.answer is Answer.CONTEST:
        return Finding(
            "farmer_answered",
            Verdict.REVIEW,
            f"the farmer contests: {facts.farmer.note or 'no reason given'}",
        )
    if facts.farmer.asked_at and facts.as_of >= due:
        return Finding(
            "farmer_answered", Verdict.PASS, f"the farmer was silent until {moment(due)}: silence is consent"
        )
    return Finding("farmer_answered", Verdict.ASK_FARMER, f"the farmer has until {moment(due)} to answer")


def deadline_missed(facts: Facts, policy: Policy) -> Finding:
    """The deadline counts to the first physical scan, never to the label."""
    due = ship_by(facts.order, policy)
    if facts.order.status == OUT_OF_STOCK and facts.parcel.shipped_at is None:
        return Finding("deadline_missed", Verdict.PASS, "the farmer is out of stock")
    late = (facts.parcel.shipped_at or facts.as_of) - due
    what = "first physical scan" if facts.parcel.shipped_at else "still no physical scan"
    said = f"due {moment(due)}{told_ship_by(facts.order, policy)}, {what}"
    if late > timedelta():
        return Finding("deadline_missed", Verdict.PASS, f"{said} {lasting(late)} after it")
    return Finding("deadline_missed", Verdict.REFUSE, f"{said} {lasting(-late)} before it")


def not_yet_compensated(facts: Facts, policy: Policy) -> Finding:
    """An order is compensated once for one missed deadline."""
    if facts.order.compensated_by:
        amount = money(facts.order.compensated, facts.order.currency)
        said = f"{amount} already granted by claim {facts.order.compensated_by}"
        return Finding("not_yet_compensated", Verdict.REFUSE, said)
    return Finding("not_yet_compensated", Verdict.PASS, "not compensated by another claim")


def needs_a_person(facts: Facts, policy: Policy) -> Finding:
    """What the policy has no rule for is not guessed."""
    asked = f"{facts.claim.requested_resolution} for {facts.claim.cause}".replace("_", " ")
    return Finding("needs_a_person", Verdict.REVIEW, f"policy has no rule for {asked}")


def _photos_needed(facts: Facts, policy: Policy) -> int:
    if facts.buyer.senior:
        return policy.senior.photos
    amount = remedy_for(facts, policy).amount
    return next(p.count for p in policy.rotten_guaranteed.photos if p.up_to is None or amount <= p.up_to)


def _clashes(facts: Facts) -> tuple[tuple[bool, str], ...]:
    parcel, cause = facts.parcel, facts.claim.cause
    delivered = parcel.delivered_at
    at_station = parcel.station_drop_at is not None and parcel.going_back_at is None
    # A missed deadline stays missed when the parcel comes after all: only a refund denies the delivery.
    wants_refund = facts.claim.requested_resolution is not Resolution.COMPENSATION
    never_came = wants_refund and cause in (Cause.LOST, Cause.NOT_SHIPPED)
    before_payment = parcel.shipped_at is not None and parcel.shipped_at < facts.order.paid_at
    picked_up = next((leg.picked_up_at for leg in parcel.legs if leg.picked_up_at), None)
    backwards = bool(picked_up and delivered and delivered < picked_up)
    both_ways = bool(delivered and (parcel.going_back_at or parcel.lost_at))
    return (
        (backwards, "the parcel was delivered before it was picked up"),
        (before_payment, "the first physical scan lies before the payment"),
        (both_ways, "the carrier reports the parcel delivered, and also lost or returned"),
        (
            never_came and (delivered is not None or at_station),
            f"the buyer says {cause.replace('_', ' ')}, the carrier says delivered",
        ),
        (facts.order.status == CANCELLED, "the order was cancelled: what the buyer got back is not known here"),
    )
