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


def test_orders_that_are_not_due_are_not_read(season: Season) -> None:
    season.rows(WAITING)
    season.rows(
        "INSERT INTO work (kind, subject_id) SELECT 'check_shipping', 'due-' || n FROM generate_series(1, 3) AS n"
    )
    season.rows("ANALYZE work")

    with season.parts.db.autocommit() as conn:
        plan = "\n".join(work.scan_plan(conn, Kind.CHECK_SHIPPING))
        leased = work.lease(conn, Kind.CHECK_SHIPPING)
    [hits] = re.findall(r"Buffers: shared hit=(\d+)", plan)[:1]

    assert "Index Scan using work_due" in plan
    assert "Seq Scan" not in plan
    assert int(hits) < 20
    assert sorted(item.subject_id for item in leased) == ["due-1", "due-2", "due-3"]
