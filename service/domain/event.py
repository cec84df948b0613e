"""An event as everyone hears it: the feed and the webhooks have the same body."""

import json
from datetime import datetime
from typing import Any

from service.domain.sheet import iso


def told(event_id: str, type_: str, occurred_at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    """Return an event's body, with the three fields that Standard Webhooks names and its own id."""
    return {"id": event_id, "type": type_, "timestamp": iso(occurred_at), "data": data}


def body(event: dict[str, Any]) -> bytes:
    """Return a body's bytes: what is signed is what is sent."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
