"""`python -m service COMMAND`: the processes of the service and the commands of operations."""

import argparse
import os
import sys

from service.config import Config, read_config
from service.flows.admit_client import ROLES
from service.web.serve import serve
from service.wiring import commands
from service.wiring.carrier_arguments import add_carrier_commands
from service.wiring.parts import START_FAULTS, preflight


def run_api(config: Config, _: argparse.Namespace) -> int:
    """Serve the HTTP API."""
    preflight(config)
    serve(config)
    return 0


def run_worker(_: Config, asked: argparse.Namespace) -> int:
    """Become the Celery workers."""
    os.execv(sys.executable, [sys.executable, "-m", "workers", *asked.queues])


def run_sweeper(_: Config, __: argparse.Namespace) -> int:
    """Become the sweeper."""
    os.execv(sys.executable, [sys.executable, "-m", "workers.sweeper"])


def parser() -> argparse.ArgumentParser:
    """Describe every command."""
    root = argparse.ArgumentParser(prog="python -m service", description="Makegood, the after-sales guarantee service")
    at = root.add_subparsers(required=True, metavar="COMMAND")
    at.add_parser("migrate", help="bring the database to the newest schema").set_defaults(run=commands.run_migrate)
    at.add_parser("api", help="serve the HTTP API").set_defaults(run=run_api)
    worker = at.add_parser("worker", help="run the workers, one a queue")
    worker.add_argument("queues", nargs="*", help="only these queues")
    worker.set_defaults(run=run_worker)
    at.add_parser("sweeper", help="run the sweeper").set_defaults(run=run_sweeper)
    token = at.add_parser("token", help="admit a client and print its token")
    token.add_argument("name")
    token.add_argument("--role", choices=ROLES, required=True)
    token.add_argument("--farmer", help="the farmer that a farmer's token is bound to")
    token.add_argument("--days", type=int, default=0, help="days until it expires (default: never)")
    token.set_defaults(run=commands.run_token)
    token_set = at.add_parser("token-set", help="print tokens of every role as JSON, to try the API by hand")
    token_set.add_argument("--farmer", required=True, help="the farmer that the farmer's token is bound to")
    token_set.set_defaults(run=commands.run_token_set)
    at.add_parser("clients", help="list the clients").set_defaults(run=commands.run_clients)
    revoke = at.add_parser("revoke", help="end a client's token")
    revoke.add_argument("client")
    revoke.set_defaults(run=commands.run_revoke)
    replay = at.add_parser("replay", help="decide a claim again and compare byte by byte")
    replay.add_argument("claim")
    replay.set_defaults(run=commands.run_replay)
    parked = at.add_parser("parked", help="list parked work, or retry a piece of it")
    parked.add_argument("--retry", type=int, metavar="WORK_ID")
    parked.set_defaults(run=commands.run_parked)
    at.add_parser("audit", help="check every promise of the books").set_defaults(run=commands.run_audit)
    at.add_parser("payouts", help="draw a batch of payouts").set_defaults(run=commands.run_payouts)
    add_carrier_commands(at)
    return root


def main() -> int:
    """Run a command; faults of configuration are one line, never a stack trace."""
    asked = parser().parse_args()
    try:
        return int(asked.run(read_config(), asked))
    except (*START_FAULTS, ValueError) as fault:
        print(f"makegood: {fault}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
