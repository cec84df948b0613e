"""What is due is found by an index: a scan reads what is due, however many orders wait for later."""

import re

from service.queues import Kind
from service.store import work
from tests.builders import Season

WAITING = """
INSERT INTO work (kind, subject_id, due_at)
SELECT 'check_shipping', 'order-' || n, now() + interval '1 hour' + n * interval '1 second'
FROM generate_series(1, 20000) AS n
"""
PLAN = """
EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF)
SELECT work_id
FROM work
WHERE kind = 'check_shipping' AND due_at <= now() AND parked_at IS NULL AND attempts < 8
ORDER BY due_at, work_id
LIMIT 50
FOR UPDATE SKIP LOCKED
"""


def test_orders_that_are_not_due_are_not_read(season: Season) -> None:
    season.rows(WAITING)
    season.rows(
        "INSERT INTO work (kind, subject_id) SELECT 'check_shipping', 'due-' || n FROM generate_series(1, 3) AS n"
    )
    season.rows("ANALYZE work")

    plan = "\n".join(row["QUERY PLAN"] for row in season.rows(PLAN))
    [hits] = re.findall(r"Buffers: shared hit=(\d+)", plan)[:1]
    with season.parts.db.autocommit() as conn:
        leased = work.lease(conn, Kind.CHECK_SHIPPING)

    assert "Index Scan using work_due" in plan
    assert "Seq Scan" not in plan
    assert int(hits) < 20
    assert sorted(item.subject_id for item in leased) == ["due-1", "due-2", "due-3"]
