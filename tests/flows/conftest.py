"""After every story of this folder the books agree, and every receipt can be replayed."""

from collections.abc import Iterator

import pytest

from service.flows.replay_claim import replay_claim
from service.store import ledger
from tests.builders import Season


@pytest.fixture(autouse=True)
def the_books_agree(season: Season) -> Iterator[None]:
    """Whatever the test did: sums are zero, grants add up, and each decision replays to the same bytes."""
    yield
    with season.parts.db.transaction() as conn:
        assert ledger.drift(conn) == 0
    assert season.rows(_LINES_THAT_DISAGREE) == []
    assert season.rows(_CHARGES_THAT_DISAGREE) == []
    for row in season.rows("SELECT claim_id FROM claims ORDER BY claim_id LIMIT 30"):
        assert all(one.same for one in replay_claim(season.parts.db, row["claim_id"]))


_LINES_THAT_DISAGREE = """
SELECT order_id, line_id, refunded, granted
FROM order_lines
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS granted
    FROM grants
    WHERE grants.order_id = order_lines.order_id AND grants.line_id = order_lines.line_id
) AS grants
WHERE refunded <> granted OR refunded > paid + freight
"""

_CHARGES_THAT_DISAGREE = """
SELECT claims.claim_id, granted, expired, sum(amount) AS charged, sum(share_bp) AS shares
FROM claims
JOIN charges ON charges.claim_id = claims.claim_id AND reversed_at IS NULL
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS expired
    FROM coupons
    WHERE coupons.claim_id = claims.claim_id AND coupons.status = 'expired'
) AS lapsed
GROUP BY claims.claim_id, expired
HAVING sum(amount) <> granted - expired OR sum(share_bp) <> 10000
"""
