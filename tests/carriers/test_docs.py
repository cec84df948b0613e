"""The examples in docs/carriers.md are read as they stand there."""

import re
from pathlib import Path

from schemas.vocabulary import Air, Step
from service.carriers.registry import PROVIDERS

DOCS = Path(__file__).parents[2] / "docs" / "carriers.md"
BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)


def example(holding: str) -> bytes:
    """Return the one block that holds the text."""
    [block] = [block for block in BLOCK.findall(DOCS.read_text(encoding="utf-8")) if holding in block]
    return str(block).encode()


def test_the_epcis_example_is_an_arrival_with_a_reading() -> None:
    arrival, reading = PROVIDERS["epcis"].read(example("EPCISDocument"))

    assert (arrival.scan.carrier, arrival.scan.number, arrival.scan.step) == ("SF", "SF1000000000005", Step.ARRIVED)
    assert (reading.scan.celsius, reading.scan.air, reading.device) == (4.2, Air.RETURN, "LOG-7")


def test_the_loggers_example_is_two_readings() -> None:
    readings = PROVIDERS["logger"].read(example("# carrier: SF"))

    assert [(reading.scan.number, reading.scan.celsius) for reading in readings] == [
        ("SF1000000000005", 2.5),
        ("SF1000000000005", 2.75),
    ]


def test_every_provider_stands_in_the_table() -> None:
    text = DOCS.read_text(encoding="utf-8")

    assert [name for name in PROVIDERS if f"\n| `{name}` |" not in text] == []
