"""Photos: taken as they come, shown only re-encoded."""

import hashlib
from typing import Any

from flask import Response, jsonify, request

from schemas.evidence import EvidenceAsked, EvidenceKept, EvidenceShown
from schemas.vocabulary import EvidenceKind, Scope
from service.domain.sheet import plain
from service.evidence.base import PhotoContext
from service.evidence.inspection import Inspection
from service.evidence.limits import MAX_PHOTO_BYTES
from service.evidence.registry import signals
from service.flows.receive_evidence import Received, keep_photo, take_photo
from service.queues import Kind
from service.store import evidence as evidence_store
from service.store.access import Client
from service.web import once
from service.web.access import caller, needs
from service.web.door import door
from service.web.pages import moment
from service.web.problems import Problem, not_found, refused, unfit
from service.web.routes import IDEMPOTENCY_KEY, KIB, at_most, describes, gives, noun, route, takes
from service.wiring.parts import Parts

evidence = noun("evidence", "Photos of goods, parcels, waybills, packing and prices.")

ROOM_BYTES = 256 * KIB
"""Room for the form around a photo."""

_PHOTO = {"type": "string", "format": "binary"}
_KINDS = {"type": "string", "enum": [kind.value for kind in EvidenceKind]}


@route(evidence, "POST", "/evidence")
@needs(Scope.EVIDENCE_WRITE)
@at_most(MAX_PHOTO_BYTES + ROOM_BYTES)
@takes(evidence, EvidenceAsked(), where="query")
@gives(evidence, 201, EvidenceKept())
@describes(
    evidence,
    parameters=[IDEMPOTENCY_KEY],
    requestBody={
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "kind"],
                    "properties": {"file": _PHOTO, "kind": _KINDS},
                }
            },
            "image/*": {"schema": _PHOTO},
            "application/octet-stream": {"schema": _PHOTO},
        },
    },
)
def post_evidence(query: dict[str, Any]) -> Response:
    """Take a photo.

    Multipart with `file` and `kind`, or (a third faster) the raw body with its Content-Type and `?kind=`.
    It is on disk when this answers; width, height and signals follow once a worker has decoded it.
    """
    data, kind = _form_photo() if request.mimetype == "multipart/form-data" else _raw_photo(query["kind"])
    asked = once.asked(hashlib.sha256(data).digest(), kind.encode())
    photo = kept_photo(door().parts, data, kind)
    answered = once.given(take_photo(door().parts.db, asked, photo, _kept(photo)))
    door().nudge((Kind.INSPECT_EVIDENCE,))
    shown = once.shown(answered, {name: answered.body[name] for name in _kept(photo)})
    shown.headers["Location"] = f"/v1/evidence/{answered.body['id']}"
    return shown


@route(evidence, "GET", "/evidence/<evidence_id>")
@needs(Scope.EVIDENCE_WRITE, Scope.CLAIMS_READ, Scope.CLAIMS_REVIEW)
@gives(evidence, 200, EvidenceShown())
def get_evidence(evidence_id: str) -> Response:
    """Show what is known of a photo: its status, and once decoded its size and signals."""
    row = _visible(evidence_id)
    return jsonify(
        {
            "id": row["evidence_id"],
            "sha256": row["sha256"],
            "media_type": row["media_type"],
            "kind": row["kind"],
            "size_bytes": row["size_bytes"],
            "status": row["status"],
            "width": row["width"],
            "height": row["height"],
            "signals": _signals(row),
            "refusal": row["refusal"],
            "received_at": moment(row["received_at"]),
            "inspected_at": moment(row["inspected_at"]),
        }
    )


@route(evidence, "GET", "/evidence/<evidence_id>/photo")
@needs(Scope.EVIDENCE_WRITE, Scope.CLAIMS_READ, Scope.CLAIMS_REVIEW)
@describes(evidence, responses={200: {"description": "The photo.", "content": {"image/jpeg": {"schema": _PHOTO}}}})
def get_photo(evidence_id: str) -> Response:
    """Show the photo itself, always the re-encoded copy without metadata, never the file that came."""
    row = _visible(evidence_id)
    if row["shown_sha256"] is None:
        because = row["refusal"] or "no worker has decoded it yet: ask again in some seconds"
        raise Problem(404, "photo_not_shown", f"{evidence_id} is {row['status']}: {because}")
    photo = Response(door().parts.photos.get_shown(row["sha256"]), content_type="image/jpeg")
    photo.headers["Cache-Control"] = "private, max-age=3600"
    photo.headers["Content-Disposition"] = "inline"
    return photo


def kept_photo(parts: Parts, data: bytes, kind: str) -> Received:
    """Put a photo on disk, in any thread; raises the problem that says why it was not taken."""
    photo = keep_photo(parts.photos, data, kind, parts.config.max_photo_bytes, parts.deciding.new_id)
    if isinstance(photo, Received):
        return photo
    raise refused(photo)


def _form_photo() -> tuple[bytes, str]:
    file = request.files.get("file")
    if file is None:
        raise unfit("file", "the form has no file part of this name: add the photo as file")
    kind = request.form.get("kind") or request.args.get("kind") or ""
    if kind not in set(EvidenceKind):
        raise unfit("kind", f"give one of these words: {', '.join(EvidenceKind)}")
    return file.read(), kind


def _raw_photo(kind: EvidenceKind | None) -> tuple[bytes, str]:
    if not (request.mimetype.startswith("image/") or request.mimetype == "application/octet-stream"):
        raise Problem(
            415,
            "media_type_unsupported",
            f"the Content-Type is {request.mimetype or 'none'}: send multipart/form-data or image/*",
        )
    if kind is None:
        raise unfit("kind", f"give it in the query as one of these words: {', '.join(EvidenceKind)}")
    return request.get_data(cache=False), kind.value


def _kept(photo: Received) -> dict[str, Any]:
    return {
        "id": photo.evidence_id,
        "sha256": photo.sha256,
        "media_type": photo.media_type,
        "kind": photo.kind,
        "size_bytes": photo.size_bytes,
    }


def _visible(evidence_id: str) -> dict[str, Any]:
    with door().parts.db.autocommit() as conn:
        row = evidence_store.find(conn, evidence_id)
    if row is None or not _sees(caller(), row):
        raise not_found(f"evidence {evidence_id}")
    return row


def _sees(client: Client, row: dict[str, Any]) -> bool:
    """A farmer sees the photos of claims against it, a reviewer all, an app its own."""
    if client.farmer_id is not None:
        return client.farmer_id in row["farmer_ids"]
    return Scope.CLAIMS_REVIEW in client.scopes or bool(row["client_id"] == client.client_id)


def _signals(row: dict[str, Any]) -> list[Any]:
    if row["inspection"] is None:
        return []
    context = PhotoContext(paid_at=None, received_at=row["received_at"])
    return [plain(signal) for signal in signals(Inspection.from_json(row["inspection"]), context)]
