"""Photos are kept whole, once, and for good, wherever they are kept."""

import itertools
import os
import resource
import stat
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from obstore.store import LocalStore, MemoryStore

from service.evidence.bucket import BucketObjects
from service.evidence.photos import (
    PhotoDamaged,
    PhotoNotFound,
    PhotoStore,
    PhotoStoreFull,
    PhotoStoreUnavailable,
    open_photo_store,
)

CHECKOUT = Path(__file__).resolve().parents[2]
S3_URL = os.environ.get("MAKEGOOD_TEST_S3_URL")
PHOTO = b"\xff\xd8\xff a photo of strawberries"
HASH = sha256(PHOTO).hexdigest()


@pytest.fixture(params=["folder", "memory", "local bucket", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PhotoStore]:
    if request.param == "folder":
        yield open_photo_store((tmp_path / "photos with spaces").as_uri())
    elif request.param == "memory":
        yield PhotoStore(BucketObjects(MemoryStore()))
    elif request.param == "local bucket":
        yield PhotoStore(BucketObjects(LocalStore(tmp_path)))
    elif S3_URL:
        yield open_photo_store(f"{S3_URL}/{uuid.uuid4()}")
    else:
        pytest.skip("no S3 server: set MAKEGOOD_TEST_S3_URL to s3://bucket, and AWS_*")


def test_a_photo_comes_back_as_it_went_in(store: PhotoStore) -> None:
    assert store.put(PHOTO) == HASH
    assert store.get(HASH) == PHOTO


def test_the_same_photo_twice_is_one_photo(store: PhotoStore) -> None:
    assert store.put(PHOTO) == store.put(PHOTO)
    assert store.get(HASH) == PHOTO


def test_the_shown_copy_is_kept_beside_the_original(store: PhotoStore) -> None:
    store.put(PHOTO)
    store.put_shown(HASH, b"small")
    store.put_shown(HASH, b"smaller")

    assert store.get_shown(HASH) == b"smaller"
    assert store.get(HASH) == PHOTO


def test_an_unknown_photo_is_named_as_such(store: PhotoStore) -> None:
    with pytest.raises(PhotoNotFound, match=HASH):
        store.get(HASH)
    with pytest.raises(PhotoNotFound, match=HASH):
        store.get_shown(HASH)


@pytest.mark.parametrize("crafted", ["", "../../etc/passwd", HASH.upper(), HASH + "\n", HASH[:63] + "/"])
def test_a_hash_that_is_none_never_becomes_a_path(store: PhotoStore, crafted: str) -> None:
    with pytest.raises(PhotoNotFound):
        store.get(crafted)
    with pytest.raises(PhotoNotFound):
        store.put_shown(crafted, b"small")


def test_many_writers_of_the_same_photo_do_no_harm(store: PhotoStore) -> None:
    large = PHOTO * 20_000
    with ThreadPoolExecutor(8) as writers:
        hashes = set(writers.map(lambda _: store.put(large), range(40)))

    assert hashes == {sha256(large).hexdigest()}
    assert store.get(hashes.pop()) == large


def test_a_folder_holds_whole_photos_and_nothing_else(tmp_path: Path) -> None:
    store = open_photo_store(tmp_path.as_uri())
    store.put(PHOTO)
    store.put(PHOTO)
    store.put_shown(HASH, b"small")

    kept = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}

    assert kept == {f"original/{HASH[:2]}/{HASH[2:]}", f"shown/{HASH[:2]}/{HASH[2:]}.jpg"}


def test_a_photo_costs_two_syncs_and_one_that_is_there_already_a_single_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_photo_store(tmp_path.as_uri())
    store.put(next(b"%d" % n for n in itertools.count() if sha256(b"%d" % n).hexdigest()[:2] == HASH[:2]))
    synced: list[bool] = []
    sync = os.fsync

    def counted(handle: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(handle).st_mode))
        sync(handle)

    monkeypatch.setattr(os, "fsync", counted)
    store.put(PHOTO)
    first, synced = synced, []
    store.put(PHOTO)

    assert (first, synced) == ([False, True], [True])


def test_a_photo_that_changed_on_disk_is_no_proof_any_more(tmp_path: Path) -> None:
    store = open_photo_store(tmp_path.as_uri())
    store.put(PHOTO)
    (tmp_path / "original" / HASH[:2] / HASH[2:]).write_bytes(PHOTO + b"!")

    with pytest.raises(PhotoDamaged, match="another hash"):
        store.get(HASH)


def test_a_photo_damaged_on_disk_is_mended_when_it_is_put_again(tmp_path: Path) -> None:
    store = open_photo_store(tmp_path.as_uri())
    store.put(PHOTO)
    (tmp_path / "original" / HASH[:2] / HASH[2:]).write_bytes(b"")

    store.put(PHOTO)

    assert store.get(HASH) == PHOTO


def test_a_photo_without_room_is_refused_and_leaves_nothing_behind(tmp_path: Path) -> None:
    allowed_bytes = 4096
    program = (
        f"import sys; sys.path.insert(0, {str(CHECKOUT)!r})\n"
        "from service.evidence.photos import PhotoStoreFull, open_photo_store\n"
        "try: open_photo_store(sys.argv[1]).put(bytes(100_000))\n"
        "except PhotoStoreFull as full: print(full)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, tmp_path.as_uri()],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (allowed_bytes, allowed_bytes)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )

    assert "a photo of 100000 bytes can't be kept" in answer.stdout
    assert "make room on that disk" in answer.stdout
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_folder_that_can_not_be_made_is_unavailable_not_full(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(PhotoStoreUnavailable, match="check that the folder exists") as unavailable:
        open_photo_store((tmp_path / "file" / "photos").as_uri()).put(PHOTO)

    assert not isinstance(unavailable.value, PhotoStoreFull)


def test_a_bucket_that_nobody_serves_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    store = open_photo_store("s3://photos/here")

    with pytest.raises(PhotoStoreUnavailable, match="check the endpoint"):
        store.put(PHOTO)


@pytest.mark.parametrize("url", ["", "photos", "http://bucket", "s3://", "file://host/photos", "file:photos"])
def test_a_store_that_is_not_understood_is_refused_with_what_would_be(url: str) -> None:
    with pytest.raises(ValueError, match="give file:///folder or s3://bucket/prefix"):
        open_photo_store(url)
