"""Photos are decoded, one at a time, in a limited process; what it finds is stored with a copy fit to be shown."""

from collections.abc import Callable, Sequence
from typing import Any

from service.evidence.inspection import Inspection
from service.evidence.photos import PhotoStore
from service.store import evidence, work
from service.store.database import Database
from service.store.work import WorkItem

Inspect = Callable[[bytes], Inspection]


def inspect_photos(db: Database, photos: PhotoStore, inspect: Inspect, items: Sequence[WorkItem]) -> None:
    """Decode each due photo; an unreadable one is an answer, a missing store or sandbox is tried again."""
    with db.autocommit() as conn:
        rows = {row["evidence_id"]: row for row in evidence.to_inspect(conn, [item.subject_id for item in items])}
    for item in items:
        row = rows.get(item.subject_id)
        found = _inspected(photos, inspect, row["sha256"]) if row else None
        with db.transaction() as conn:
            if work.finish(conn, [item]) and found:
                evidence.note_inspection(conn, item.subject_id, found)


def _inspected(photos: PhotoStore, inspect: Inspect, sha256: str) -> dict[str, Any]:
    inspection = inspect(photos.get(sha256))
    if inspection.readable:
        photos.put_shown(sha256, inspection.shown)
    return {
        "status": "readable" if inspection.readable else "unreadable",
        "refusal": inspection.refusal,
        "width": inspection.width,
        "height": inspection.height,
        "inspection": inspection.to_json(),
        "shown_sha256": sha256 if inspection.readable else None,
    }
