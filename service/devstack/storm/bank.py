"""Faults of the sandbox bank, ordered and ended over its own API."""

import json

import urllib3

from service.devstack.stack import Stack


def bank_faults(stack: Stack, seed: int) -> None:
    """Let the bank time out after success, fail before and after, and be slow, each now and then."""
    kinds = (("timeout_after_success", 0.05), ("error_500", 0.05), ("error_500_after_success", 0.05), ("slow", 0.02))
    for kind, probability in kinds:
        fault = {"fault": kind, "probability": probability, "seed": seed, "count": None, "seconds": 1.0}
        _bank(stack, "POST", fault)


def bank_slow(stack: Stack, seconds: float) -> None:
    """Let every answer of the bank take so many seconds more."""
    _bank(stack, "POST", {"fault": "slow", "probability": 1.0, "seed": 0, "count": None, "seconds": seconds})


def bank_healed(stack: Stack) -> None:
    """End every fault of the bank."""
    _bank(stack, "DELETE", None)


def _bank(stack: Stack, method: str, body: object) -> None:
    headers = {"Authorization": f"Bearer {stack.env['MAKEGOOD_BANK_SECRET']}", "Content-Type": "application/json"}
    answer = urllib3.request(
        method, f"{stack.bank_url}/v1/faults", body=json.dumps(body) if body else None, headers=headers
    )
    if answer.status >= 300:
        raise RuntimeError(f"the bank refused to misbehave: {answer.status} {answer.data.decode()}")
