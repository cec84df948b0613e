"""Codes that no provider's table knows are listed, so that somebody can add them and read history again."""

from collections.abc import Mapping
from typing import Any

from service.carriers.base import Provider
from service.store import tracking
from service.store.database import Connection


def list_unknown_codes(conn: Connection, providers: Mapping[str, Provider]) -> list[dict[str, Any]]:
    """Return unknown codes with their counts; a code that a table knows to say nothing is none."""
    silent = {(name, code) for name, provider in providers.items() for code in provider.codes}
    return [row for row in tracking.unknown_codes(conn) if (row["provider"], row["code"]) not in silent]
