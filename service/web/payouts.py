"""Payouts are drawn in batches by operations."""

from flask import Response

from schemas.farmers import PayoutsDrawn
from schemas.vocabulary import Scope
from service.flows.answer_once import Answered, answer_once
from service.flows.pay_farmer import draw_payouts
from service.queues import Kind
from service.store.database import Connection
from service.web import once
from service.web.access import needs
from service.web.door import door
from service.web.routes import IDEMPOTENCY_KEY, describes, gives, noun, route

payouts = noun("payouts", "Batches of payouts to farmers.")


@route(payouts, "POST", "/payouts")
@needs(Scope.PAYOUTS_WRITE)
@gives(payouts, 201, PayoutsDrawn())
@describes(payouts, parameters=[IDEMPOTENCY_KEY])
def post_payouts() -> Response:
    """Draw a payout for every farmer with money available; workers send them."""
    parts = door().parts

    def draw(_: Connection) -> Answered:
        """Each payout is a transaction of its own: what a crash leaves undrawn, the next batch draws."""
        return Answered(201, {"payouts": draw_payouts(parts.db, parts.config.refund_channel)})

    answered = once.given(answer_once(parts.db, once.asked(), draw))
    door().nudge((Kind.PAY_FARMER,))
    return once.shown(answered, answered.body)
