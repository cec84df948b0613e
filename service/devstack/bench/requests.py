"""Requests made ready once, so that the load costs little while it runs."""

import json
from urllib.parse import urlsplit

from service.devstack.bench.load import CAPTURED, NUMBER
from service.devstack.bench.stage import Stage

BOUNDARY = "makegood-bench-7f3d2b8c"
PHOTO_TYPE = "image/jpeg"


def claim(stage: Stage, key: str, photo_ids: list[str] | None = None) -> bytes:
    """POST /v1/claims as JSON for the order of the request's number, under a key of its own."""
    body = claim_json(int(NUMBER), [stage.photo_id] if photo_ids is None else photo_ids)
    return _post(stage, "/v1/claims", f"{key}-", "application/json", body)


def raw_photo(stage: Stage, key: str, photo: bytes) -> bytes:
    """POST /v1/evidence with the photo as the body; its last bytes differ for every number."""
    return _post(stage, "/v1/evidence?kind=goods", f"{key}-", PHOTO_TYPE, photo + NUMBER)


def claim_of_captured(stage: Stage, key: str, photos: int) -> bytes:
    """POST /v1/claims with the photos that the steps before were given ids for."""
    return claim(stage, key, [f"{CAPTURED.decode()}{position}" for position in range(photos)])


def form_claim(stage: Stage, key: str, photos: list[bytes]) -> bytes:
    """POST /v1/claims as multipart, the claim's JSON and the photos in one request."""
    parts = [_part('name="claim"', "application/json", claim_json(int(NUMBER), []))]
    parts += [
        _part(f'name="evidence"; filename="{position}.jpg"', PHOTO_TYPE, photo + NUMBER)
        for position, photo in enumerate(photos)
    ]
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return _post(stage, "/v1/claims", f"{key}-", f"multipart/form-data; boundary={BOUNDARY}", body)


def push(stage: Stage, path: str, body: bytes) -> bytes:
    """POST a provider's form to the path of its account; it is signed, so nothing in it may change."""
    media = "application/x-www-form-urlencoded"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {_host(stage)}\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(stage: Stage, path: str, role: str) -> bytes:
    """GET a path with the token of a role."""
    head = f"GET {path} HTTP/1.1\r\nHost: {_host(stage)}\r\nAuthorization: Bearer {stage.stack.tokens[role]}\r\n\r\n"
    return head.encode()


def claim_json(number: int, photo_ids: list[str]) -> bytes:
    """Three tenths of the order's one line are rotten."""
    return json.dumps(
        {
            "order_id": f"bench-{number:09}",
            "line_id": "1",
            "cause": "rotten",
            "affected": {"share_bp": 3000},
            "requested_resolution": "refund_only",
            "evidence": photo_ids,
            "note": "一半以上都烂了",
        }
    ).encode()


def _part(disposition: str, media: str, body: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: {media}\r\n\r\n"
    return head.encode() + body + b"\r\n"


def _post(stage: Stage, path: str, key: str, media: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {_host(stage)}\r\nAuthorization: Bearer {stage.app_token}\r\n"
        f"Idempotency-Key: {key}{NUMBER.decode()}\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _host(stage: Stage) -> str:
    return urlsplit(stage.stack.api_url).netloc
