"""What no flow, however wrong, can do to a coupon: the database itself refuses it."""

from contextlib import suppress
from itertools import product

import psycopg
import pytest
from psycopg.errors import CheckViolation

from schemas.vocabulary import CouponStatus
from tests.builders import Season

_COUPON = """
INSERT INTO coupons (coupon_id, buyer_id, amount, currency, because, valid_until)
VALUES ('cpn_1', 'buyer-li', 300, 'CNY', 'late', now() + interval '1 day')
"""
_AS_ITS_STATUS_SAYS = """
UPDATE coupons
SET status = %(status)s,
    redeemed_by = CASE WHEN %(status)s = 'redeemed' THEN 'order-1' END,
    redeemed_at = CASE WHEN %(status)s = 'redeemed' THEN now() END,
    expired_at = CASE WHEN %(status)s = 'expired' THEN now() END
"""


def test_a_coupon_moves_only_between_the_pairs_of_the_table(season: Season, database_url: str) -> None:
    season.rows(_COUPON)
    rows = season.rows("SELECT from_status, to_status FROM coupon_transitions")
    allowed = {(row["from_status"], row["to_status"]) for row in rows}
    moved = set()
    with psycopg.connect(database_url, autocommit=True) as owner:
        for old, new in product([str(s) for s in CouponStatus], repeat=2):
            owner.execute("ALTER TABLE coupons DISABLE TRIGGER coupons_move_as_allowed")
            owner.execute(_AS_ITS_STATUS_SAYS, {"status": old})
            owner.execute("ALTER TABLE coupons ENABLE TRIGGER coupons_move_as_allowed")
            with suppress(CheckViolation):
                owner.execute(_AS_ITS_STATUS_SAYS, {"status": new})
                moved.add((old, new))

    assert moved == allowed | {(str(s), str(s)) for s in CouponStatus}
    assert not {new for old, new in allowed if old == CouponStatus.EXPIRED}


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("amount = 0", "a_coupon_is_worth_something"),
        ("valid_until = issued_at", "a_coupon_is_valid_for_some_time"),
        ("status = 'redeemed'", "a_redeemed_coupon_names_its_order"),
        ("redeemed_by = 'order-1'", "a_redeemed_coupon_names_its_order"),
        ("status = 'expired'", "an_expired_coupon_says_when"),
    ],
)
def test_a_coupon_says_the_whole_of_what_it_is(season: Season, change: str, constraint: str) -> None:
    season.rows(_COUPON)

    with pytest.raises(CheckViolation, match=constraint):
        season.rows(f"UPDATE coupons SET {change}")


def test_the_service_can_remove_no_coupon_and_no_recovery(season: Season) -> None:
    season.rows(_COUPON)

    for table in ("coupons", "recoveries"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            season.rows(f"DELETE FROM {table}")
