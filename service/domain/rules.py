"""The rules, one function each: facts and policy in, a finding with its reason out."""

from collections.abc import Callable
from datetime import timedelta

from schemas.vocabulary import Cause
from service.domain.deadlines import response_due_at, ship_by, window_closes_at, window_starts_at
from service.domain.facts import OUT_OF_STOCK, Answer, Facts, hours
from service.domain.findings import Finding, Verdict
from service.domain.policy import Policy
from service.domain.remedies import remedy_for
from service.domain.sheet import iso

Rule = Callable[[Facts, Policy], Finding]


def facts_agree(facts: Facts, policy: Policy) -> Finding:
    """Where sources contradict each other, a machine must not pick one."""
    for clash, sentence in _clashes(facts):
        if clash:
            return Finding("facts_agree", Verdict.REVIEW, sentence)
    return Finding("facts_agree", Verdict.PASS, "the buyer's word and the carrier's scans fit together")


def called_in(facts: Facts, policy: Policy) -> Finding:
    """Who calls the platform in gets a person."""
    if facts.escalated:
        return Finding("called_in", Verdict.REVIEW, "the platform was called in")
    return Finding("called_in", Verdict.PASS, "nobody called the platform in")


def within_window(facts: Facts, policy: Policy) -> Finding:
    """A claim must arrive while the fruit can still testify."""
    start = window_starts_at(facts.parcel, policy)
    window = policy.window(facts.line.commodity, facts.buyer.senior)
    closes = window_closes_at(facts.parcel, facts.line.commodity, facts.buyer.senior, policy)
    if start is None or closes is None:
        return Finding("within_window", Verdict.REVIEW, "delivery is unknown: no delivery scan has come in")
    said = (
        f"claimed {hours(facts.claim.opened_at - start)} h after delivery; the window is {hours(window):g} h"
    )
    return Finding("within_window", Verdict.REFUSE if facts.claim.opened_at > closes else Verdict.PASS, said)


def photos_decoded(facts: Facts, policy: Policy) -> Finding:
    """A photo that is still being read cannot be counted yet."""
    if facts.photos.pending:
        return Finding(
            "photos_decoded", Verdict.WAIT, f"{facts.photos.pending} photo(s) are still being read"
        )
    return Finding("photos_decoded", Verdict.PASS, "no photo is waiting to be read")


def enough_photos(facts: Facts, policy: Policy) -> Finding:
    """The goods must be seen: more money, more photos; one is enough for an older buyer."""
    needed = _photos_needed(facts, policy)
    have = facts.photos.readable
    said = f"{have} readable photo(s) of the goods, {needed} needed"
    if facts.photos.unreadable:
        said += f"; {facts.photos.unreadable} could not be read"
    return Finding("enough_photos", Verdict.ASK_BUYER if have < needed else Verdict.PASS, said)


def photos_unsuspicious(facts: Facts, policy: Policy) -> Finding:
    """A signal on a photo proves nothing, but a person should look."""
    if facts.photos.signals:
        return Finding("photos_unsuspicious", Verdict.REVIEW, "; ".join(facts.photos.signals))
    return Finding("photos_unsuspicious", Verdict.PASS, "no signal on the photos")


def something_left(facts: Facts, policy: Policy) -> Finding:
    """Nobody gets back more than was paid."""
    said = f"{facts.left} of {facts.line_total} left of the line"
    return Finding("something_left", Verdict.REFUSE if facts.left == 0 else Verdict.PASS, said)


def amount_within_limit(facts: Facts, policy: Policy) -> Finding:
    """Above the policy's amount a person decides."""
    amount, limit = remedy_for(facts, policy).amount, policy.review.amount_above
    said = f"{amount} is {'above' if amount > limit else 'within'} the limit {limit} for a decision without a person"
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
            return Finding("undelivered", Verdict.PASS, f"the carrier reports the parcel {what} at {iso(at)}")
    last = parcel.last_scan_at or parcel.shipped_at
    silent = facts.as_of - last
    said = f"last scan {hours(silent)} h ago; untracked from {rule.untracked_hours} h on"
    if silent >= timedelta(hours=rule.untracked_hours):
        return Finding("undelivered", Verdict.PASS, said)
    if facts.claim.cause is Cause.NOT_SHIPPED:
        return Finding(
            "undelivered", Verdict.REFUSE, f"shipped: first physical scan at {iso(parcel.shipped_at)}; {said}"
        )
    return Finding("undelivered", Verdict.REVIEW, f"on its way: {said}")


def within_express_caps(facts: Facts, policy: Policy) -> Finding:
    """Money before any argument has limits: an order's, and a buyer's for the day."""
    rule, amount = policy.express_refund, remedy_for(facts, policy).amount
    limits = (
        (amount > rule.order_limit, f"{amount} is above the order limit {rule.order_limit}"),
        (
            facts.buyer.express_today >= rule.buyer_day_count,
            f"{facts.buyer.express_today} express refunds today",
        ),
        (
            facts.buyer.express_amount_today + amount > rule.buyer_day_limit,
            f"{facts.buyer.express_amount_today} refunded today, {amount} more is above {rule.buyer_day_limit}",
        ),
    )
    for over, said in limits:
        if over:
            return Finding("within_express_caps", Verdict.REVIEW, said)
    return Finding(
        "within_express_caps", Verdict.PASS, f"{amount} is within the caps of order, buyer and day"
    )


def free_to_leave(facts: Facts, policy: Policy) -> Finding:
    """Before shipping a buyer may leave at once early on, or when the farmer is late; in between the farmer is asked."""
    if facts.parcel.shipped_at:
        return Finding("free_to_leave", Verdict.PASS, "the parcel was shipped; the carrier's data decides")
    asked = hours(facts.since_payment)
    limit = policy.express_refund.within_hours_of_payment
    if facts.since_payment <= timedelta(hours=limit):
        return Finding(
            "free_to_leave", Verdict.PASS, f"asked {asked} h after payment; at once within {limit} h"
        )
    due = ship_by(facts.order, policy)
    if facts.as_of > due or facts.order.status == OUT_OF_STOCK:
        return Finding("free_to_leave", Verdict.PASS, f"not shipped by {iso(due)}")
    answered = farmer_answered(facts, policy)
    return Finding(
        "free_to_leave",
        answered.verdict,
        f"asked {asked} h after payment, over {limit} h; {answered.because}",
    )


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
            "farmer_answered", Verdict.PASS, f"the farmer was silent until {iso(due)}: silence is consent"
        )
    return Finding("farmer_answered", Verdict.ASK_FARMER, f"the farmer has until {iso(due)} to answer")


def deadline_missed(facts: Facts, policy: Policy) -> Finding:
    """The deadline counts to the first physical scan, never to the label."""
    due = ship_by(facts.order, policy)
    if facts.order.status == OUT_OF_STOCK and facts.parcel.shipped_at is None:
        return Finding("deadline_missed", Verdict.PASS, "the farmer is out of stock")
    late = (facts.parcel.shipped_at or facts.as_of) - due
    what = "first physical scan" if facts.parcel.shipped_at else "still no physical scan"
    if late > timedelta():
        return Finding("deadline_missed", Verdict.PASS, f"due {iso(due)}, {what} {hours(late)} h after it")
    return Finding("deadline_missed", Verdict.REFUSE, f"due {iso(due)}, {what} {hours(-late)} h before it")


def not_yet_compensated(facts: Facts, policy: Policy) -> Finding:
    """An order is compensated once for one missed deadline."""
    if facts.order.compensated_by:
        said = f"{facts.order.compensated} already granted by {facts.order.compensated_by}"
        return Finding("not_yet_compensated", Verdict.REFUSE, said)
    return Finding("not_yet_compensated", Verdict.PASS, "not compensated by another claim")


def needs_a_person(facts: Facts, policy: Policy) -> Finding:
    """What the policy has no rule for is not guessed."""
    asked = f"{facts.claim.requested_resolution} for {facts.claim.cause}"
    return Finding("needs_a_person", Verdict.REVIEW, f"policy has no rule for {asked}")


def _photos_needed(facts: Facts, policy: Policy) -> int:
    if facts.buyer.senior:
        return policy.senior.photos
    amount = remedy_for(facts, policy).amount
    return next(p.count for p in policy.rotten_guaranteed.photos if p.up_to is None or amount <= p.up_to)


def _clashes(facts: Facts) -> tuple[tuple[bool, str], ...]:
    parcel, cause = facts.parcel, facts.claim.cause
    delivered = parcel.delivered_at
    never_came = cause in (Cause.LOST, Cause.NOT_SHIPPED) and delivered is not None
    before_payment = parcel.shipped_at is not None and parcel.shipped_at < facts.order.paid_at
    picked_up = next((leg.picked_up_at for leg in parcel.legs if leg.picked_up_at), None)
    backwards = bool(picked_up and delivered and delivered < picked_up)
    both_ways = bool(delivered and (parcel.going_back_at or parcel.lost_at))
    return (
        (backwards, "the parcel was delivered before it was picked up"),
        (before_payment, "the first physical scan lies before the payment"),
        (both_ways, "the carrier reports the parcel delivered, and also lost or returned"),
        (never_came, f"the buyer says {cause}, the carrier says delivered"),
    )
