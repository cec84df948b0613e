"""Decides a claim again from the stored facts and policy, and compares byte by byte."""

from dataclasses import dataclass
from typing import Any

from service.domain.decision import decide
from service.domain.liability import attribute
from service.domain.sheet import canonical, facts_from
from service.policies.library import read_policy
from service.store import decisions, policies
from service.store.database import Database


@dataclass(frozen=True, slots=True)
class Replayed:
    """One stored decision or attribution beside its replay."""

    decision_id: str
    kind: str
    policy_version: str
    stored: str
    again: str

    @property
    def same(self) -> bool:
        """Whether the bytes agree."""
        return self.stored.encode() == self.again.encode()


def replay_claim(db: Database, claim_id: str) -> list[Replayed]:
    """Replay every decision and attribution of a claim under the policy text kept in the database."""
    with db.transaction() as conn:
        rows = decisions.receipts(conn, claim_id)
        texts = {row["policy_id"]: policies.text_of(conn, row["policy_id"]) or "" for row in rows}
    return [_replay(row, texts[row["policy_id"]]) for row in rows]


def _replay(row: dict[str, Any], policy_text: str) -> Replayed:
    policy = read_policy(policy_text, row["policy_version"])
    facts = facts_from(row["facts"])
    again = decide(facts, policy) if row["kind"] == "decision" else attribute(facts, policy, row["amount"])
    return Replayed(row["decision_id"], row["kind"], row["policy_version"], row["result"], canonical(again))
