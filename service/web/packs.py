"""Claim packs against carriers, as JSON and as PDF."""

from typing import Any

from flask import Response, jsonify

from schemas.recoveries import PackAsked, PackShown
from schemas.vocabulary import Scope
from service.evidence.photos import PhotoNotFound
from service.flows.assemble_pack import Pack, assemble_pack
from service.web.access import needs
from service.web.door import door
from service.web.pack_pdf import pack_pdf
from service.web.problems import Problem, not_found, trouble
from service.web.recoveries import recoveries
from service.web.routes import describes, gives, route, takes

FORMATS = ("json", "pdf")

_PDF = {"schema": {"type": "string", "format": "binary"}}


@route(recoveries, "GET", "/recoveries/<recovery_id>/pack")
@needs(Scope.RECOVERIES_READ, Scope.RECOVERIES_WRITE)
@takes(recoveries, PackAsked(), where="query")
@gives(recoveries, 200, PackShown())
@describes(recoveries, responses={200: {"content": {"application/pdf": _PDF}}})
def get_pack(asked: dict[str, Any], recovery_id: str) -> Response:
    """Give all that the carrier needs to settle the claim: facts, timeline, temperatures, photos, amount, deadline.

    The PDF shows the photos as their re-encoded copies; nothing of the buyer's goes out.
    """
    wanted = asked["format"]
    if wanted not in FORMATS:
        detail = f"there is no claim pack as {wanted}: take {' or '.join(FORMATS)}"
        raise Problem(400, "format_unsupported", detail, [trouble("format", "format_unsupported", detail)])
    parts = door().parts
    with parts.db.autocommit() as conn:
        pack = assemble_pack(conn, parts.deciding, recovery_id)
    if pack is None:
        raise not_found(f"recovery {recovery_id}")
    if wanted == "json":
        return jsonify(pack.contents)
    shown = Response(pack_pdf(pack.contents, _photos(pack)), content_type="application/pdf")
    shown.headers["Content-Disposition"] = f'attachment; filename="{recovery_id}.pdf"'
    return shown


def _photos(pack: Pack) -> dict[str, bytes]:
    """Return the copies that are shown, by evidence id; one that is not kept is listed without its picture."""
    kept = {}
    for evidence_id, sha256 in pack.photo_hashes.items():
        try:
            kept[evidence_id] = door().parts.photos.get_shown(sha256)
        except PhotoNotFound:
            continue
    return kept
