"""What operations do with providers from a shell."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from service.__main__ import parser
from tests.carriers.conftest import Carriers
from tests.carriers.providers import JOURNEY_100, kuaidi100

CHECKOUT = Path(__file__).parents[2]
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(carriers: Carriers, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command as from a shell, with lines of standard input; return its status and what it printed."""

    def ran(*arguments: str, lines: str = "") -> tuple[int, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
        asked = parser().parse_args(arguments)
        status = asked.run(carriers.market.parts.config, asked)
        return status, capsys.readouterr().out

    return ran


def path_in(printed: str) -> str:
    """The path of the URL that `add` printed."""
    [line] = [line for line in printed.splitlines() if line.startswith("url")]
    return "/v1/carriers/" + line.partition("/v1/carriers/")[2]


def test_an_account_is_opened_with_an_unguessable_path_and_a_secret_shown_once(run: Run, carriers: Carriers) -> None:
    status, printed = run("carrier-account", "add", "kuaidi100", "main")
    path, secret = path_in(printed), printed.split()[-1]
    listed = json.loads(run("carrier-account", "list", "kuaidi100")[1])

    assert (status, len(path.rpartition("/")[2]) >= 32, len(secret) >= 32) == (0, True, True)
    assert carriers.push("kuaidi100", kuaidi100("SF1", *JOURNEY_100, salt=secret), path).status_code == 200
    assert (listed["name"], listed["secrets"]) == ("main", 1)
    assert secret not in json.dumps(listed)
    assert path not in json.dumps(listed)


def test_a_providers_own_secrets_come_on_standard_input_and_are_not_printed(run: Run, carriers: Carriers) -> None:
    arguments = ("carrier-account", "add", "kuaidi100", "main", "--secret-given", "--query-key-given", "--asks")
    _, printed = run(*arguments, lines="their salt\ntheir key\n")

    assert "their" not in printed
    signed = kuaidi100("SF1", *JOURNEY_100, salt="their salt")
    assert carriers.push("kuaidi100", signed, path_in(printed)).status_code == 200


def test_rotating_and_revoking_from_a_shell(run: Run, carriers: Carriers) -> None:
    path = path_in(run("carrier-account", "add", "kuaidi100", "main", "--secret-given", lines="old\n")[1])
    new = run("carrier-account", "rotate", "kuaidi100", "main")[1].split()[-1]

    def taken(salt: str) -> int:
        return carriers.push("kuaidi100", kuaidi100("SF1", *JOURNEY_100, salt=salt), path).status_code

    assert (taken("old"), taken(new)) == (200, 200)
    run("carrier-account", "rotate", "kuaidi100", "main", "--finish")
    assert (taken("old"), taken(new)) == (401, 200)
    run("carrier-account", "revoke", "kuaidi100", "main")
    assert taken(new) == 404


@pytest.mark.parametrize(
    ("arguments", "lines", "said"),
    [
        (("add", "kuaidi100", "main", "--secret-given"), "\n", "no secret on standard input"),
        (("add", "sf", "main", "--asks"), "", "sf cannot be asked"),
        (("add", "kuaidi100", "main", "--query-url", "http://far.example"), "", "must be https"),
        (("add", "kuaidi100", "main", "--asks-a-minute", "0"), "", "must be at least 1"),
        (("rotate", "kuaidi100", "nobody"), "", "no live account nobody"),
        (("revoke", "kuaidi100", "nobody"), "", "no live account nobody"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_remedy(
    run: Run, arguments: tuple[str, ...], lines: str, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        run("carrier-account", *arguments, lines=lines)


def test_a_name_is_used_once_while_it_lives(run: Run) -> None:
    run("carrier-account", "add", "kuaidi100", "main")
    with pytest.raises(ValueError, match="has a live account main"):
        run("carrier-account", "add", "kuaidi100", "main")
    run("carrier-account", "revoke", "kuaidi100", "main")

    assert run("carrier-account", "add", "kuaidi100", "main")[0] == 0


def test_reading_again_prints_what_changed_and_lists_what_stays_unreadable(run: Run, carriers: Carriers) -> None:
    carriers.told("kuaidi100", kuaidi100("SF1", *JOURNEY_100, (1, "599", "机器人")))
    carriers.told("kuaidi100", kuaidi100("SF 1", *JOURNEY_100))

    status, printed = run("reread", "kuaidi100", "--since", "2026-01-01")

    assert status == 1
    assert printed.endswith("2 payloads read again, 1 of them unreadable; 4 events told, 0 added, 0 taken back\n")
    assert json.loads(run("unknown-codes")[1])["code"] == "599"
    assert "lastResult.nu" in json.loads(run("unreadable-payloads")[1])["because"]


def test_without_a_key_an_account_is_refused_in_one_line_with_the_remedy(carriers: Carriers) -> None:
    config = carriers.market.parts.config
    env = {"DATABASE_URL": config.database_url, "REDIS_URL": config.redis_url, "PATH": os.environ["PATH"]}

    ended = subprocess.run(
        [sys.executable, "-m", "service", "carrier-account", "add", "kuaidi100", "main"],
        env=env,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 2
    assert ended.stderr.startswith("makegood: MAKEGOOD_SECRETS_KEY is not set: make one with")
    assert ended.stderr.count("\n") == 1
