"""The command line of the carrier commands."""

import argparse
from typing import Any

from service.carriers.registry import PROVIDERS
from service.wiring import carrier_commands as commands


def add_carrier_commands(at: Any) -> None:
    """Describe the commands to the parser's list of commands."""
    account = at.add_parser("carrier-account", help="accounts at providers of tracking: path, secret, budgets")
    _describe_accounts(account.add_subparsers(required=True, metavar="add|list|rotate|revoke"))
    reread = at.add_parser("reread", help="read a provider's stored payloads again with its present adapter")
    reread.add_argument("provider", choices=PROVIDERS)
    reread.add_argument("--since", type=commands.day, required=True, metavar="2026-01-01", help="received from then on")
    reread.set_defaults(run=commands.run_reread)
    unknown = at.add_parser("unknown-codes", help="list codes of providers that no table knows")
    unknown.set_defaults(run=commands.run_unknown_codes)
    unreadable = at.add_parser("unreadable-payloads", help="list payloads that could not be read")
    unreadable.set_defaults(run=commands.run_unreadable)


def _describe_accounts(at: Any) -> None:
    add = _named(at, "add", "open an account and print its path and secret, this once", commands.run_account_add)
    _add_secret(add)
    add.add_argument("--query-key-given", action="store_true", help="the key for questions is the next line of input")
    add.add_argument("--customer", default="", help="the name under which the provider knows us")
    add.add_argument("--asks", action="store_true", help="ask this provider where its pushes fall silent")
    add.add_argument("--query-url", default="", help="where to ask (default: the provider's own address)")
    add.add_argument("--asks-a-minute", type=int, default=60)
    add.add_argument("--asks-a-day", type=int, default=10_000)
    listed = at.add_parser("list", help="list accounts with what came in under each")
    listed.add_argument("provider", choices=PROVIDERS, nargs="?")
    listed.set_defaults(run=commands.run_account_list)
    rotate = _named(at, "rotate", "make a new secret live beside the present one", commands.run_account_rotate)
    _add_secret(rotate)
    rotate.add_argument("--finish", action="store_true", help="end the older of two live secrets")
    _named(at, "revoke", "end an account", commands.run_account_revoke)


def _named(at: Any, name: str, about: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = at.add_parser(name, help=about)
    parser.add_argument("provider", choices=PROVIDERS)
    parser.add_argument("name")
    parser.set_defaults(run=run)
    return parser


def _add_secret(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--secret-given", action="store_true", help="the provider's own secret is a line of input")
