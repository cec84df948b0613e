"""Stories are told at the HTTP door and checked in the ledger."""

import pytest

from service.wiring.parts import Parts
from tests.stories.market import Market, open_market


@pytest.fixture
def market(parts: Parts) -> Market:
    """A market of this story's own."""
    return open_market(parts)
