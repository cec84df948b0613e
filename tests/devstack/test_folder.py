"""A data folder is ours, held by one run, and never somebody else's files."""

from pathlib import Path

import pytest

from service.devstack.folder import kept_folder, passing_folder
from service.devstack.leashed import StartError


def test_data_stays_from_one_run_to_the_next(folder: Path) -> None:
    with kept_folder(folder / "data") as data:
        (data / "claim").write_text("kept")

    with kept_folder(folder / "data") as data:
        assert (data / "claim").read_text() == "kept"


def test_a_fresh_run_begins_with_nothing(folder: Path) -> None:
    with kept_folder(folder / "data") as data:
        (data / "bank").mkdir()

    with kept_folder(folder / "data", fresh=True) as data:
        assert not (data / "bank").exists()


def test_a_folder_with_other_files_is_refused_and_left_alone(folder: Path) -> None:
    foreign = folder / "photos of the harvest"
    foreign.mkdir()
    (foreign / "apples.jpg").touch()

    with pytest.raises(StartError, match="did not put there"), kept_folder(foreign, fresh=True):
        pass

    assert (foreign / "apples.jpg").exists()


def test_a_folder_in_use_is_refused(folder: Path) -> None:
    with (
        kept_folder(folder / "data"),
        pytest.raises(StartError, match="another run uses"),
        kept_folder(folder / "data"),
    ):
        pass


def test_a_passing_folder_is_gone_afterwards() -> None:
    with passing_folder("trial") as made:
        (made / "logs").mkdir()

    assert not made.exists()
