"""Photos in an S3 bucket, or in any other store that obstore speaks to."""

import os
from datetime import timedelta

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, S3Store

from service.evidence.objects import PhotoStoreFull, PhotoStoreUnavailable

_CONNECT_SECONDS = 3
_REQUEST_SECONDS = 15
_RETRIES = 3
_RETRY_SECONDS = 15
_NO_ROOM = ("507 Insufficient Storage", "InsufficientStorage", "XMinioStorageFull", "QuotaExceeded")


class BucketObjects:
    """Bytes as objects of a bucket; an object appears whole or not at all."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._process = os.getpid()

    def write(self, key: str, data: bytes) -> None:
        """Keep the bytes in one request: an upload in parts could leave parts behind."""
        self._refuse_in_a_fork()
        try:
            obstore.put(self._store, key, data, use_multipart=False)
        except (BaseError, OSError) as error:
            raise _unavailable(f"a photo of {len(data)} bytes can't be kept as {key}", error) from error

    def read(self, key: str) -> bytes | None:
        """Give the bytes of a key, None where there are none."""
        self._refuse_in_a_fork()
        try:
            return bytes(obstore.get(self._store, key).bytes())
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise _unavailable(f"photo {key} can't be read", error) from error

    def _refuse_in_a_fork(self) -> None:
        """The client's threads don't survive a fork: a call would wait for them for ever."""
        if os.getpid() != self._process:
            raise RuntimeError("the photo bucket was opened before this process was forked; open it after")


def open_bucket(bucket: str, prefix: str) -> BucketObjects:
    """Reach a bucket with the endpoint and credentials of the AWS_* environment variables.

    A plain http endpoint is taken as meant. Waiting is bounded, retries included.
    """
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    store = S3Store(
        bucket,
        prefix=prefix or None,
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=_CONNECT_SECONDS),
            "timeout": timedelta(seconds=_REQUEST_SECONDS),
        },
        retry_config={"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=_RETRY_SECONDS)},
    )
    return BucketObjects(store)


def _unavailable(what: str, error: Exception) -> PhotoStoreUnavailable:
    reason = str(error).strip().partition("\n")[0]
    if any(sign in str(error) for sign in _NO_ROOM):
        return PhotoStoreFull(f"{what}: {reason}; make room in the bucket")
    return PhotoStoreUnavailable(f"{what}: {reason}; check the endpoint, the bucket and the AWS_* variables")
