"""Whether this process lives, and whether it can work."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import Blueprint, Response, jsonify

from service.store.database import Database, DatabaseUnavailable
from service.store.migrate import is_current
from service.web.access import open_to_all
from service.web.door import door
from service.wiring.broker import is_reachable

health = Blueprint("health", __name__)

WITHOUT_BROKER = "not reachable: work is found by the sweeper instead"


@health.get("/healthz")
@open_to_all
def alive() -> Response:
    """Say that the process answers."""
    return jsonify({"status": "alive"})


@health.get("/readyz")
@open_to_all
def ready() -> Response:
    """Say whether claims can be taken; the broker is told but not needed, for work waits in the database."""
    parts = door().parts
    needed = {"database": _database(parts.db), "photos": _photos(parts.config.photos_url)}
    reasons = [f"{name}: {because}" for name, because in needed.items() if because]
    shown = jsonify(
        {
            "status": "not ready" if reasons else "ready",
            "reasons": reasons,
            **{name: because or "ok" for name, because in needed.items()},
            "broker": "ok" if is_reachable(parts.config.redis_url) else WITHOUT_BROKER,
        }
    )
    shown.status_code = 503 if reasons else 200
    return shown


def _database(db: Database) -> str | None:
    try:
        with db.autocommit() as conn:
            return None if is_current(conn) else "the schema is behind: run python -m service migrate"
    except DatabaseUnavailable:
        return "not reachable"


def _photos(url: str) -> str | None:
    """Look at a folder's rights; a bucket is only known by using it."""
    parts = urlsplit(url)
    if parts.scheme != "file":
        return None
    folder = Path(unquote(parts.path))
    while not folder.exists():
        folder = folder.parent
    return None if os.access(folder, os.W_OK | os.X_OK) else "the folder may not be written: check its rights"
