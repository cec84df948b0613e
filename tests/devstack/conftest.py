"""A folder that PostgreSQL's account can enter, which pytest's own temporary folders are not for root."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.devstack.folder import passing_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with passing_folder("trial") as made:
        yield made
