"""A sandbox for the tests of a session, and the real photos where someone keeps them beside the checkout."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.evidence.limits import DecodeLimits
from service.evidence.sandbox import Sandbox

PHOTOS = Path(__file__).resolve().parents[3] / "shared" / "photos"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    ours = Sandbox(DecodeLimits())
    yield ours
    ours.stop()


@pytest.fixture
def real_photos() -> Path:
    if not PHOTOS.is_dir():
        pytest.skip("no ../shared/photos beside the checkout")
    return PHOTOS
