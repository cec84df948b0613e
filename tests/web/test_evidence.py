"""Photos at the door."""

import hashlib
from io import BytesIO
from typing import Any

from tests.builders import photo_bytes
from tests.stories.market import Market
from tests.web.conftest import Send, fields, problem

RAW = "/v1/evidence?kind=goods"


def test_a_raw_photo_is_kept_under_its_hash(send: Send) -> None:
    data = photo_bytes()

    kept = send("app", "POST", RAW, data, Content_Type="image/jpeg")

    body = kept.get_json()
    assert kept.status_code == 201
    assert kept.headers["Location"] == f"/v1/evidence/{body['id']}"
    assert body == {
        "id": body["id"],
        "sha256": hashlib.sha256(data).hexdigest(),
        "media_type": "image/jpeg",
        "kind": "goods",
        "size_bytes": len(data),
    }


def test_a_form_with_file_and_kind_does_the_same(send: Send) -> None:
    kept = send("app", "POST", "/v1/evidence", form(kind="waybill"), Content_Type="multipart/form-data")

    assert (kept.status_code, kept.get_json()["kind"]) == (201, "waybill")


def test_a_decoded_photo_shows_its_size_and_only_its_copy(market: Market, send: Send) -> None:
    photo_id = send("app", "POST", RAW, photo_bytes(), Content_Type="image/jpeg").get_json()["id"]
    pending = market.call("app", "GET", f"/v1/evidence/{photo_id}").get_json()
    problem(market.call("app", "GET", f"/v1/evidence/{photo_id}/photo"), 404, "photo_not_shown")

    market.work()

    seen = market.call("app", "GET", f"/v1/evidence/{photo_id}").get_json()
    assert (pending["status"], pending["width"], pending["signals"]) == ("pending", None, [])
    assert (seen["status"], seen["width"], seen["height"], seen["signals"]) == ("readable", 64, 48, [])
    shown = market.call("app", "GET", f"/v1/evidence/{photo_id}/photo")
    assert (shown.status_code, shown.content_type) == (200, "image/jpeg")
    assert shown.data[:3] == b"\xff\xd8\xff"
    assert shown.data != photo_bytes()
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Cache-Control"].startswith("private")


def test_an_unreadable_photo_says_why_and_is_not_shown(market: Market, send: Send) -> None:
    cut = photo_bytes()[:200]
    photo_id = send("app", "POST", RAW, cut, Content_Type="image/jpeg").get_json()["id"]

    market.work()

    seen = market.call("app", "GET", f"/v1/evidence/{photo_id}").get_json()
    assert seen["status"] == "unreadable"
    assert seen["refusal"]
    problem(market.call("app", "GET", f"/v1/evidence/{photo_id}/photo"), 404, "photo_not_shown")


def test_what_is_no_photo_is_refused_whatever_it_says_it_is(send: Send) -> None:
    problem(send("app", "POST", RAW, b"", Content_Type="image/jpeg"), 422, "photo_empty")
    problem(send("app", "POST", RAW, b"GIF89a...", Content_Type="image/jpeg"), 415, "photo_type_unsupported")
    problem(send("app", "POST", RAW, b"{}", Content_Type="application/json"), 415, "media_type_unsupported")


def test_a_photo_over_the_limit_is_refused_before_and_after_it_is_read(send: Send) -> None:
    over = b"\xff\xd8\xff" + bytes(20 * 1024 * 1024)

    assert (
        "at most 20971520"
        in problem(send("app", "POST", RAW, over, Content_Type="image/jpeg"), 413, "photo_too_large")["detail"]
    )
    problem(send("app", "POST", RAW, over + bytes(1 << 20), Content_Type="image/jpeg"), 413, "body_too_large")


def test_a_photo_without_a_kind_or_without_its_file_names_the_field(send: Send) -> None:
    bare = send("app", "POST", "/v1/evidence", photo_bytes(), Content_Type="image/jpeg")
    wrong = send("app", "POST", "/v1/evidence?kind=selfie", photo_bytes(), Content_Type="image/jpeg")
    no_kind = send("app", "POST", "/v1/evidence", form(kind=""), Content_Type="multipart/form-data")
    no_file = send("app", "POST", "/v1/evidence", {"kind": "goods"}, Content_Type="multipart/form-data")

    answers = [fields(problem(answer, 422, "request_invalid")) for answer in (bare, wrong, no_kind, no_file)]
    assert answers == [["kind"], ["kind"], ["kind"], ["file"]]


def test_a_broken_form_is_a_problem_and_no_crash(send: Send) -> None:
    broken = send("app", "POST", "/v1/evidence", b"--x\r\nno", Content_Type="multipart/form-data; boundary=y")

    assert broken.status_code in (400, 422)
    assert broken.content_type == "application/problem+json"


def test_the_same_upload_again_is_the_same_photo(send: Send) -> None:
    first = send("app", "POST", RAW, photo_bytes(), Content_Type="image/jpeg", Idempotency_Key="k")
    again = send("app", "POST", RAW, photo_bytes(), Content_Type="image/jpeg", Idempotency_Key="k")
    other = send("app", "POST", RAW, photo_bytes(200), Content_Type="image/jpeg", Idempotency_Key="k")

    assert again.get_json() == first.get_json()
    assert again.headers["Idempotent-Replayed"] == "true"
    problem(other, 422, "idempotency_key_reused")


def form(**more: Any) -> dict[str, Any]:
    return {"file": (BytesIO(photo_bytes()), "photo.jpg"), **more}
