"""A claim with its photos in one multipart request."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import request
from marshmallow import Schema
from werkzeug.datastructures import FileStorage

from schemas.claims import MOST_PHOTOS
from schemas.vocabulary import EvidenceKind
from service.flows.answer_once import Answered, Request
from service.flows.open_claim import answered_before
from service.flows.receive_evidence import note_photos
from service.queues import Kind
from service.web import once
from service.web.documents import load, parse
from service.web.door import door
from service.web.evidence import kept_photo
from service.web.problems import unfit

PIECE_BYTES = 1024 * 1024
_KEEPERS = ThreadPoolExecutor(16, "keeper")
"""Photos of one claim wait for the disk's syncs together, not one after the other; threads begin with the first."""

Open = Callable[[dict[str, Any], Request], Answered]


def claim_of_form(schema: Schema, open_claim: Open) -> Answered:
    """Open the claim of this form; a request answered before gets that answer, and its photos are not kept twice."""
    body = _claim_part()
    files = request.files.getlist("evidence")
    asked = once.asked(body, *(_sha256(file) for file in files), EvidenceKind.GOODS.encode())
    claim = load(schema, parse(body))
    if len(claim["evidence"]) + len(files) > MOST_PHOTOS:
        raise unfit("evidence", f"there are {len(claim['evidence']) + len(files)} photos, at most {MOST_PHOTOS}")
    earlier = answered_before(door().parts.db, asked)
    if earlier:
        return once.given(earlier)
    photo_ids = _keep(files, asked.client_id)
    return open_claim({**claim, "evidence": [*claim["evidence"], *photo_ids]}, asked)


def _claim_part() -> bytes:
    file = request.files.get("claim")
    if file is not None:
        return bytes(file.read())
    if "claim" not in request.form:
        raise unfit("claim", "the form has no part of this name: put the claim's JSON there")
    return request.form["claim"].encode(errors="surrogatepass")


def _sha256(file: FileStorage) -> bytes:
    digest = hashlib.sha256()
    while piece := file.stream.read(PIECE_BYTES):
        digest.update(piece)
    file.stream.seek(0)
    return digest.digest()


def _keep(files: list[FileStorage], client_id: str) -> list[str]:
    """Put the photos on disk, all of them and all at once, before any row names one."""
    parts = door().parts
    sent = [file.read() for file in files]
    keep = _KEEPERS.map if len(sent) > 1 else map
    photos = list(keep(lambda data: kept_photo(parts, data, EvidenceKind.GOODS), sent))
    if photos:
        with parts.db.autocommit() as conn:
            note_photos(conn, client_id, photos)
        door().nudge((Kind.INSPECT_EVIDENCE,))
    return [photo.evidence_id for photo in photos]
