"""A faulty policy file is found at start, and the error names file, key and remedy."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.policies.library import PUBLISHED, PolicyFault, open_library, read_policy

TEXT = (PUBLISHED / "2026-01-01-guarantees.yaml").read_text(encoding="utf-8")


def fault(before: str, after: str) -> str:
    """Return what the reader says of the published text with one thing changed."""
    assert before in TEXT
    with pytest.raises(PolicyFault) as refused:
        read_policy(TEXT.replace(before, after, 1), "2026-02-01.yaml")
    return str(refused.value)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("payouts:", "payouts", "not YAML"),
        ("  untracked_hours: 72\n", "", "express_refund.untracked_hours: missing: add it"),
        (
            "hold_days: 15",
            "hold_days: 15\n  hold_dyas: 1",
            "payouts.hold_dyas: unknown: remove it or mend its spelling",
        ),
        ("hold_days: 15", 'hold_days: "15"', "payouts.hold_days: must be a whole number: write it without quotes"),
        ("hold_days: 15", "hold_days: yes", "payouts.hold_days: must be a whole number"),
        ("hold_days: 15", "hold_days: 1.5", "payouts.hold_days: must be a whole number"),
        ("hold_days: 15", "hold_days: null", "payouts.hold_days: must be a whole number"),
        ("hold_days: 15", "hold_days: 0", "payouts.hold_days: must be at least 1: raise it"),
        ("slight_celsius: 2.5", "slight_celsius: .nan", "liability.slight_celsius: must be a number of °C"),
        ("slight_celsius: 2.5", "slight_celsius: -1", "liability.slight_celsius: must be at least 0 °C: raise it"),
        ("causes: [rotten,", "causes: [rotton,", "rotten_guaranteed.causes.0: must be one of: rotten, damaged"),
        ("window_starts_at: hand_over", "window_starts_at: never", "window_starts_at: must be one of: hand_over"),
        ("steps_bp: [1000,", "steps_bp: [0,", "rotten_guaranteed.steps_bp.0: must be a share in basis points"),
        ("steps_bp: [1000, 3000", "steps_bp: [3000, 1000", "steps_bp: must rise and end at 10000: put the steps in"),
        ("{up_to: null, count: 2}", "{up_to: 9, count: 2}", "photos: up_to must rise and end with null: cover every"),
        ("severe_after_hours: 72", "severe_after_hours: 40", "severe_after_hours: must not come before ship_within"),
        ("severe_most: 10000", "severe_most: 400", "severe_most: must not be below severe_least: raise it"),
        ("default_tolerance_bp: [1000]", "default_tolerance_bp: []", "default_tolerance_bp: must not be empty: give"),
        ("default_tolerance_bp: [1000]", "default_tolerance_bp: 1000", "default_tolerance_bp: must be a list: write"),
        ("新疆: {transit_hours: 168, hub_hours: 120}", "新疆: 7", "lanes.新疆: must be a mapping: give it keys"),
        ("新疆: {transit_hours: 168", "新疆: {transit_hours: x", "lanes.新疆.transit_hours: must be a whole number"),
        ("T00:00:00+08:00", "", "effective_from: must be a time with its offset, such as"),
        ('version: "2026-01-01"', "version: 2026-01-01", "version: must be text: put it in quotes"),
    ],
)
def test_a_faulty_key_is_named_with_its_file_and_its_remedy(before: str, after: str, said: str) -> None:
    message = fault(before, after)

    assert message.startswith("2026-02-01.yaml: ")
    assert said in message


def test_a_key_given_twice_is_refused_and_its_line_named() -> None:
    line = TEXT.splitlines().index("  window_days: 7") + 2

    said = fault("  window_days: 7\n", "  window_days: 7\n  window_days: 8\n")
    assert said == f"2026-02-01.yaml: window_days: given twice, again in line {line}: keep one"


def test_every_fault_of_a_file_is_told_at_once() -> None:
    with pytest.raises(PolicyFault) as refused:
        read_policy(TEXT.replace("hold_days: 15", "hold_days: 0").replace("flat: 300", "flat: x"), "new.yaml")

    assert str(refused.value).count("new.yaml: ") == 2


@pytest.mark.parametrize("text", ["", "- a list", "only words"])
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(PolicyFault, match=r"new\.yaml: the file must be a mapping of guarantees"):
        read_policy(text, "new.yaml")


def test_two_files_with_one_start_are_refused(tmp_path: Path) -> None:
    for name in ("2026-01-01-guarantees.yaml", "2026-01-02.yaml"):
        (tmp_path / name).write_text(TEXT, encoding="utf-8")

    with pytest.raises(PolicyFault, match="effective_from: two files start at the same time: change one"):
        open_library(tmp_path)


def test_a_folder_without_a_policy_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyFault, match="no policy file: add one named by its date"):
        open_library(tmp_path)


def test_the_policy_in_force_is_the_latest_that_had_begun(tmp_path: Path) -> None:
    later = TEXT.replace("2026-01-01", "2026-06-01").replace("flat: 300", "flat: 400")
    (tmp_path / "2026-01-01-guarantees.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "2026-06-01.yaml").write_text(later, encoding="utf-8")
    library = open_library(tmp_path)
    begins = datetime(2026, 5, 31, 16, tzinfo=UTC)

    assert library.in_force(begins).version == "2026-06-01"
    assert library.in_force(begins - timedelta(seconds=1)).version == "2026-01-01"
    assert library.in_force(datetime(2020, 1, 1, tzinfo=UTC)).version == "2026-01-01"


def test_a_policy_is_found_by_the_hash_of_its_text() -> None:
    library = open_library()
    policy = library.policies[0]

    assert policy.policy_id == hashlib.sha256(library.texts[policy.policy_id].encode()).hexdigest()
    assert library.by_id(policy.policy_id) is policy
    with pytest.raises(KeyError, match="restore its file"):
        library.by_id("unheard-of")


@pytest.mark.parametrize("path", sorted(PUBLISHED.glob("*.yaml")), ids=lambda path: path.name)
def test_a_published_file_is_named_by_the_day_from_which_it_counts(path: Path) -> None:
    policy = read_policy(path.read_text(encoding="utf-8"), path.name)

    assert policy.version == policy.effective_from.date().isoformat() == path.stem[:10]
