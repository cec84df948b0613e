"""Run the sandbox bank; its secret comes from the environment variable MAKEGOOD_BANK_SECRET."""

import argparse
import os
import signal
import sqlite3
import sys
import threading
import time
from pathlib import Path

from service.devstack.bank.server import Address, open_bank
from service.refunds.signature import parse_secrets

SECRET_VARIABLE = "MAKEGOOD_BANK_SECRET"


def main() -> None:
    """Serve until SIGTERM or SIGINT; ends with status 2 and one line if it cannot start."""
    wanted = _arguments()
    closed = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: closed.set())
    try:
        secrets = parse_secrets(os.environ.get(SECRET_VARIABLE, ""))
    except ValueError as weak:
        sys.exit(_refuse(f"{SECRET_VARIABLE}: {weak}"))
    try:
        with open_bank(wanted.folder, secrets, Address(wanted.host, wanted.port), time.time) as address:
            print(f"sandbox bank: {address.url}, books in {wanted.folder}", flush=True)
            closed.wait()
    except (OSError, sqlite3.Error) as trouble:
        place = f"{wanted.host}:{wanted.port} with books in {wanted.folder}"
        sys.exit(_refuse(f"cannot open at {place}: {trouble}"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m service.devstack.bank", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="default: loopback only")
    parser.add_argument("--port", type=int, required=True, help="port; 0 takes a free one and prints it")
    parser.add_argument("--folder", type=Path, required=True, help="where the books are kept, made if absent")
    return parser.parse_args()


def _refuse(because: str) -> int:
    print(f"sandbox bank: {because}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
