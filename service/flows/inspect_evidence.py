"""Photos are decoded, one at a time, in a limited process; what it finds is stored with a copy fit to be shown."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import structlog

from service.evidence.inspection import Inspection, refused
from service.evidence.photos import PhotoDamaged, PhotoNotFound, PhotoStore, PhotoStoreUnavailable
from service.evidence.sandbox import SandboxUnavailable
from service.store import evidence, trail, work
from service.store.database import Database
from service.store.work import WorkItem

log = structlog.get_logger()

OUTAGE_PAUSE = timedelta(seconds=5)

Inspect = Callable[[bytes], Inspection]


def inspect_photos(db: Database, photos: PhotoStore, inspect: Inspect, items: Sequence[WorkItem]) -> None:
    """Decode each due photo; an unreadable one is an answer, a missing store or sandbox is tried again."""
    with db.autocommit() as conn:
        rows = {row["evidence_id"]: row for row in evidence.to_inspect(conn, [item.subject_id for item in items])}
    for item in items:
        row = rows.get(item.subject_id)
        try:
            found = _inspected(photos, inspect, row["sha256"]) if row else None
        except (PhotoStoreUnavailable, SandboxUnavailable) as fault:
            _put_back(db, item, fault)
            continue
        with db.transaction() as conn:
            if work.finish(conn, [item]) and found:
                evidence.note_inspection(conn, item.subject_id, found)


def _put_back(db: Database, item: WorkItem, fault: Exception) -> None:
    """An outage is not the photo's fault: it costs no attempt."""
    with db.transaction() as conn:
        work.put_back(conn, [item], pause=OUTAGE_PAUSE)
        said = trail.trails(conn, [item.subject_id]).get(item.subject_id, {})
    log.warning("photo_not_inspected", evidence_id=item.subject_id, because=str(fault), **said)


def _inspected(photos: PhotoStore, inspect: Inspect, sha256: str) -> dict[str, Any]:
    try:
        inspection = inspect(photos.get(sha256))
    except (PhotoDamaged, PhotoNotFound) as fault:
        inspection = refused(f"the original is lost: {fault}")
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
