"""Coupons: shown to apps, given, redeemed, restored and ended by the order service."""

from typing import Any

from flask import Response, jsonify

from schemas.coupons import CouponEnded, CouponGiven, CouponsAsked, CouponShown, CouponsShown, Redemption, Restoration
from schemas.vocabulary import Scope
from service.flows.answer_once import Answered, Refusal
from service.flows.expire_coupon import end_coupon
from service.flows.issue_coupon import Gift, issue_coupon
from service.flows.redeem_coupon import redeem_coupon, restore_coupon
from service.queues import Kind
from service.store import coupons as coupon_store
from service.web import once
from service.web.access import caller, needs, only_own_coupons
from service.web.door import door, now
from service.web.pages import moment, money, page
from service.web.problems import not_found
from service.web.routes import IDEMPOTENCY_KEY, describes, gives, noun, route, takes

coupons = noun("coupons", "Compensations that are redeemed in another order.")

KEYED = describes(coupons, parameters=[IDEMPOTENCY_KEY])
SHOWS_COUPON = gives(coupons, 200, CouponShown())

_AS_THEY_ARE = ("claim_id", "order_id", "buyer_id", "because", "status", "redeemed_by")
_TIMES = ("issued_at", "valid_until", "redeemed_at", "expired_at")


@route(coupons, "GET", "/coupons")
@needs(Scope.COUPONS_READ, Scope.COUPONS_WRITE)
@takes(coupons, CouponsAsked(), where="query")
@gives(coupons, 200, CouponsShown())
def list_coupons(asked: dict[str, Any]) -> Response:
    """List coupons, newest first; an app sees those of the claims that it sees."""
    wanted = asked | {"visible_to": only_own_coupons(caller())}
    with door().parts.db.autocommit() as conn:
        rows = coupon_store.search(conn, wanted, asked["cursor"], asked["limit"] + 1)
    return page(rows, asked["limit"], "coupon_id", _coupon)


@route(coupons, "GET", "/coupons/<coupon_id>")
@needs(Scope.COUPONS_READ, Scope.COUPONS_WRITE)
@SHOWS_COUPON
def get_coupon(coupon_id: str) -> Response:
    """Show a coupon as it stands."""
    with door().parts.db.autocommit() as conn:
        row = coupon_store.find(conn, coupon_id, only_own_coupons(caller()))
    if row is None:
        raise not_found(f"coupon {coupon_id}")
    return jsonify(_coupon(row))


@route(coupons, "POST", "/coupons")
@needs(Scope.COUPONS_WRITE)
@takes(coupons, CouponGiven())
@gives(coupons, 201, CouponShown())
@KEYED
def post_coupon(asked: dict[str, Any]) -> Response:
    """Give a buyer a coupon by hand, for a reason, at the platform's cost."""
    worth = asked["amount"]
    gift = Gift(asked["buyer_id"], worth["amount"], worth["currency"], asked["reason"], asked["order_id"])
    parts = door().parts
    shown = _given(issue_coupon(parts.db, parts.library, once.asked(), gift, now()))
    shown.headers["Location"] = f"/v1/coupons/{shown.get_json()['id']}"
    return shown


@route(coupons, "POST", "/coupons/<coupon_id>/redeem")
@needs(Scope.COUPONS_WRITE)
@takes(coupons, Redemption())
@SHOWS_COUPON
@KEYED
def redeem(asked: dict[str, Any], coupon_id: str) -> Response:
    """Take a coupon, whole, for one order of its buyer; the same order again gets the same answer.

    The order's lines then say in `paid` what was paid beside the coupon: a refund never pays a coupon out.
    """
    db = door().parts.db
    return _given(redeem_coupon(db, once.asked(), coupon_id, asked["order_id"], asked["buyer_id"]))


@route(coupons, "POST", "/coupons/<coupon_id>/restore")
@needs(Scope.COUPONS_WRITE)
@takes(coupons, Restoration())
@SHOWS_COUPON
@KEYED
def restore(asked: dict[str, Any], coupon_id: str) -> Response:
    """Give a coupon back because the order that took it was cancelled; it is valid until its day, as before."""
    return _given(restore_coupon(door().parts.db, once.asked(), coupon_id, asked["order_id"]))


@route(coupons, "POST", "/coupons/<coupon_id>/expire")
@needs(Scope.COUPONS_WRITE)
@takes(coupons, CouponEnded())
@SHOWS_COUPON
@KEYED
def expire(asked: dict[str, Any], coupon_id: str) -> Response:
    """End a coupon that nobody took: one given by hand at any time, one that a claim granted once its day has passed.

    That day also ends it by itself.
    """
    ended = _given(end_coupon(door().parts.db, once.asked(), coupon_id, asked["reason"]))
    door().nudge((Kind.ATTRIBUTE_CLAIM,))
    return ended


def _given(answer: Answered | Refusal) -> Response:
    answered = once.given(answer)
    return once.shown(answered, _coupon(answered.body))


def _coupon(row: dict[str, Any]) -> dict[str, Any]:
    """Return a coupon as JSON, from a row or from one that was kept as JSON."""
    return {
        "id": row["coupon_id"],
        **{name: row[name] for name in _AS_THEY_ARE},
        "amount": money(row["amount"], row["currency"]),
        **{name: moment(row[name]) for name in _TIMES},
    }
