"""What people decide: farmers who answer or stay silent, reviewers who rule, buyers who appeal."""

from service.flows.replay_claim import replay_claim
from tests.stories.market import Market, cny


def _delivered(market: Market, **more: object) -> str:
    order = market.order(**more)  # type: ignore[arg-type]
    market.scans(order, (60, "picked_up"), (5, "delivered"))
    return order


def test_a_farmer_silent_for_48_hours_has_consented(market: Market) -> None:
    order = _delivered(market)
    claim_id = market.claim(order, "not_as_described", share_bp=4000)
    asked = market.settle(claim_id)

    market.sql("UPDATE claims SET response_due_at = now() - interval '1 second' WHERE claim_id = %s", claim_id)
    market.sql("UPDATE work SET due_at = now() WHERE subject_id = %s", claim_id)
    claim = market.settle(claim_id)

    assert (asked["waiting_on"], asked["status"]) == ("farmer", "needs_action")
    assert (claim["status"], claim["approved_amount"]) == ("approved_partial", cny(796))


def test_a_farmer_who_contests_gets_a_person_who_rules(market: Market) -> None:
    order = _delivered(market)
    claim_id = market.claim(order, "not_as_described")
    market.work()

    contested = market.act(f"farmer-{order}", claim_id, "respond", answer="contest", note="照片不是我的货")
    ruled = market.act("reviewer", claim_id, "reject", reason="照片与订单不符")
    replayed = market.read(claim_id)

    assert (contested["stage"], contested["waiting_on"]) == ("mediation", "platform")
    assert (ruled["status"], replayed["refund_status"]) == ("rejected", "none")


def test_an_amount_above_the_limit_goes_to_a_person_who_grants_part_of_it(market: Market) -> None:
    order = _delivered(market, lines=(("sweet_cherry", 39_900),))
    photos = [market.photo("rotten-apples-1.png"), market.photo("rotten-apples-2.png")]
    claim_id = market.claim(order, evidence=photos)
    waiting = market.settle(claim_id)

    market.act("reviewer", claim_id, "approve", amount=cny(20_000), reason="约一半腐烂")
    claim = market.settle(claim_id)

    assert (waiting["status"], waiting["status_detail"]) == ("in_review", "amount_within_limit")
    assert (claim["status"], claim["approved_amount"]) == ("approved_partial", cny(20_000))
    assert claim["refund_status"] == "succeeded"


def test_a_ruling_above_what_was_paid_is_refused_and_names_the_field(market: Market) -> None:
    order = _delivered(market, lines=(("sweet_cherry", 39_900),))
    claim_id = market.claim(order, evidence=[market.photo(), market.photo("rotten-apples-2.png")])
    market.work()

    answer = market.call("reviewer", "POST", f"/v1/claims/{claim_id}/approve", {"amount": cny(40_000), "reason": "x"})

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.get_json()["errors"][0]["field"] == "amount"
    assert market.read(claim_id)["status"] == "in_review"


def test_contradicting_facts_go_to_a_person(market: Market) -> None:
    order = _delivered(market)

    claim = market.settle(market.claim(order, "lost", evidence=[]))

    assert (claim["status"], claim["status_detail"]) == ("in_review", "facts_agree")


def test_a_buyer_who_claims_often_gets_a_person(market: Market) -> None:
    buyer = {"id": "buyer-often", "senior": False}
    claims = [market.settle(market.claim(_delivered(market, buyer=buyer))) for _ in range(7)]

    assert [claim["status"] for claim in claims][:6] == ["approved"] * 6
    assert (claims[6]["status"], claims[6]["status_detail"]) == ("in_review", "usual_buyer")


def test_an_appeal_that_is_upheld_pays_only_the_difference(market: Market) -> None:
    order = _delivered(market)
    claim_id = market.claim(order, share_bp=1000)
    market.settle(claim_id)

    appealed = market.act("app", claim_id, "appeal", reason="坏的比这多")
    market.act("reviewer", claim_id, "approve", amount=cny(1000), reason="同意")
    claim = market.settle(claim_id)

    assert (appealed["stage"], appealed["status"]) == ("appeal", "in_review")
    assert (claim["approved_amount"], claim["refund_status"]) == (cny(1000), "succeeded")
    amounts = market.sql("SELECT amount FROM refunds WHERE claim_id = %s ORDER BY refund_id", claim_id)
    assert [row["amount"] for row in amounts] == [199, 801]


def test_a_farmer_who_wins_an_appeal_is_freed_and_the_buyer_keeps_the_money(market: Market) -> None:
    order = _delivered(market)
    claim_id = market.claim(order)
    market.settle(claim_id)

    market.act(f"farmer-{order}", claim_id, "appeal", reason="签收时完好")
    market.act("reviewer", claim_id, "approve", amount=cny(500), reason="部分成立")
    claim = market.settle(claim_id)

    shares = {share["party"]: share["amount"]["amount"] for share in claim["liability"]}
    assert shares == {"farmer": 500, "platform": 1490}
    assert market.balance(order)["held"] == cny(1490)
    assert market.sql("SELECT sum(amount) AS paid FROM refunds WHERE claim_id = %s", claim_id) == [{"paid": 1990}]
    assert market.drift() == 0


def test_a_refused_buyer_can_call_the_platform_in_at_once(market: Market) -> None:
    order = market.order(hours=100)
    market.scans(order, (90, "picked_up"), (30, "delivered"))
    claim_id = market.claim(order)
    market.settle(claim_id)

    called = market.act("app", claim_id, "escalate", reason="快递站没通知我")
    market.act("reviewer", claim_id, "approve", share_bp=5000, reason="酌情")
    claim = market.settle(claim_id)

    assert (called["stage"], called["waiting_on"]) == ("mediation", "platform")
    assert (claim["status"], claim["approved_amount"]) == ("approved_partial", cny(995))


def test_a_cancelled_claim_pays_nothing_and_the_line_can_be_claimed_again(market: Market) -> None:
    order = _delivered(market)
    claim_id = market.claim(order, evidence=[])
    market.work()

    cancelled = market.act("app", claim_id, "cancel")
    again = market.settle(market.claim(order))

    assert (cancelled["status"], cancelled["available_actions"]) == ("cancelled", [])
    assert again["status"] == "approved"


def test_every_decision_replays_to_the_same_bytes(market: Market) -> None:
    order = _delivered(market)
    claim_id = market.claim(order, "not_as_described")
    market.work()
    market.act(f"farmer-{order}", claim_id, "respond", answer="agree")
    market.work()

    replayed = replay_claim(market.parts.db, claim_id)

    assert [one.kind for one in replayed] == ["decision", "decision", "attribution"]
    assert all(one.same for one in replayed)


def test_a_farmer_who_is_being_asked_is_not_cut_off_by_a_question_to_the_buyer(market: Market) -> None:
    order = _delivered(market)
    claim_id = market.claim(order, "not_as_described")
    market.work()

    answer = market.call("reviewer", "POST", f"/v1/claims/{claim_id}/request-info", {"message": "请补照片"})

    assert (answer.status_code, answer.get_json()["code"]) == (409, "action_not_available")
    assert market.act(f"farmer-{order}", claim_id, "respond", answer="agree")["status"] == "approved"


def test_a_buyer_who_is_asked_for_photos_and_sends_none_has_dropped_the_claim(market: Market) -> None:
    order = _delivered(market)
    claim_id = market.claim(order, evidence=[])
    asked = market.settle(claim_id)

    market.sql("UPDATE claims SET asked_buyer_at = now() - interval '49 hours' WHERE claim_id = %s", claim_id)
    market.sql("UPDATE work SET due_at = now() WHERE subject_id = %s", claim_id)
    claim = market.settle(claim_id)

    assert asked["response_due_at"] is not None
    assert (claim["status"], claim["status_detail"]) == ("rejected", "enough_photos")


def test_an_order_in_another_currency_is_for_a_person(market: Market) -> None:
    yen = {"amount": 1990, "currency": "JPY"}
    line = {"line_id": "1", "commodity": "strawberry", "title": "苺", "quantity": 5, "unit": "kg", "paid": yen}
    order = market.order(currency="JPY", freight={"amount": 0, "currency": "JPY"}, replaced_lines=[line])
    market.scans(order, (60, "picked_up"), (5, "delivered"))

    claim = market.settle(market.claim(order))

    assert (claim["status"], claim["status_detail"]) == ("in_review", "currency_covered")
