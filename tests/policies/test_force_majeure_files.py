"""Entries of force majeure are dated files beside the policies, checked at start, for orders of every policy."""

import shutil
from pathlib import Path

import pytest

from service.domain.suspensions import Clock
from service.policies.library import PUBLISHED, PolicyFault, open_library, read_force_majeure

TEXT = """
title: 黑龙江暴雪
because: 中央气象台 11 月 20 日暴雪红色预警
starts_at: 2026-11-20T06:00:00+08:00
ends_at: 2026-11-22T06:00:00+08:00
regions: [黑龙江, "2207"]
clocks: [ship_by, promise]
"""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("title: 黑龙江暴雪\n", "", "title: missing: add it"),
        ("2026-11-22T06", "2026-11-20T05", "ends_at: must come after starts_at: give a later time"),
        ("+08:00\nends", "\nends", "starts_at: must be a time with its offset"),
        ("clocks: [ship_by,", "clocks: [shipby,", "clocks.0: must be one of: ship_by"),
        ('"2207"', "2207", "regions.1: must be a region's name such as 新疆, or its code in quotes"),
        ('"2207"', '"220"', "regions.1: must be a region's name such as 新疆, or its code in quotes"),
        ("regions: [黑龙江,", "regoins: [黑龙江,", "regoins: unknown: remove it or mend its spelling"),
    ],
)
def test_a_faulty_entry_is_named_with_its_file_and_its_remedy(before: str, after: str, said: str) -> None:
    assert before in TEXT
    with pytest.raises(PolicyFault) as refused:
        read_force_majeure(TEXT.replace(before, after, 1), "2026-11-20-snow")

    assert str(refused.value).startswith("2026-11-20-snow: ")
    assert said in str(refused.value)


def test_entries_are_read_from_their_folder_under_the_policies(tmp_path: Path) -> None:
    shutil.copy(PUBLISHED / "2026-01-01-guarantees.yaml", tmp_path)
    (tmp_path / "force_majeure").mkdir()
    (tmp_path / "force_majeure" / "2026-11-20-snow.yaml").write_text(TEXT, encoding="utf-8")

    [entry] = open_library(tmp_path).force_majeure

    assert (entry.suspension.entry, entry.suspension.title) == ("2026-11-20-snow", "黑龙江暴雪")
    assert entry.suspension.clocks == (Clock.SHIP_BY, Clock.PROMISE)
    assert entry.regions == ("黑龙江", "2207")
    assert open_library().force_majeure == ()
