"""The service while a season is played: time moves where the test says, and due work is done as workers would."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.flows.run_work import run_due
from service.queues import Kind
from service.wiring.steps import steps_of
from tests.builders import Season

KINDS = (Kind.FOLLOW_PARCEL, Kind.CHECK_SHIPPING, Kind.DECIDE_CLAIM, Kind.ATTRIBUTE_CLAIM)
DUE = "SELECT DISTINCT kind FROM work WHERE kind = ANY(%s) AND due_at <= now() AND parked_at IS NULL"
GRANTED = """
SELECT given.order_id, cause, given.amount, at
FROM (
    SELECT claim_id, order_id, amount, requested_at AS at FROM refunds
    UNION ALL
    SELECT claim_id, order_id, amount, issued_at FROM coupons
) AS given
JOIN claims USING (claim_id)
ORDER BY at, given.order_id, cause
"""
BORNE = """
SELECT claims.order_id, cause, party, sum(charges.amount)::bigint AS amount
FROM charges
JOIN claims USING (claim_id)
WHERE reversed_at IS NULL
GROUP BY claims.order_id, cause, party
ORDER BY claims.order_id, cause, party
"""


@dataclass(frozen=True, slots=True)
class Played:
    """A season with a clock."""

    season: Season
    starts_at: datetime

    def at(self, hour: float) -> datetime:
        """Return the moment so many hours into the season."""
        return self.starts_at + timedelta(hours=hour)

    def turn_to(self, hour: float) -> None:
        """Let it be so many hours into the season."""
        self.season.rows("UPDATE played.clock SET at = %s", self.at(hour))

    def work(self) -> None:
        """Do what is due by now of the kinds that deadlines need; money is sent elsewhere."""
        db, steps = self.season.parts.db, steps_of(self.season.parts)
        while due := self.season.rows(DUE, [kind.value for kind in KINDS]):
            for row in due:
                run_due(db, Kind(row["kind"]), steps[Kind(row["kind"])])

    def next_due(self) -> float | None:
        """Return the hour of the season at which the next step is due."""
        [row] = self.season.rows("SELECT min(due_at) AS at FROM work WHERE kind = ANY(%s)", [k.value for k in KINDS])
        return (row["at"] - self.starts_at) / timedelta(hours=1) if row["at"] else None

    def granted(self) -> list[tuple[str, str, int, float]]:
        """Return every compensation: order, cause, fen, and the hour at which it was granted."""
        rows = self.season.rows(GRANTED)
        return [(r["order_id"], r["cause"], r["amount"], self.hour(r["at"])) for r in rows]

    def borne(self) -> dict[tuple[str, str], dict[str, int]]:
        """Return who bears each compensation, in fen."""
        shares: dict[tuple[str, str], dict[str, int]] = {}
        for row in self.season.rows(BORNE):
            shares.setdefault((row["order_id"], row["cause"]), {})[row["party"]] = row["amount"]
        return shares

    def hour(self, at: datetime) -> float:
        """Return a moment in hours into the season."""
        return (at - self.starts_at) / timedelta(hours=1)

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Look into the database."""
        return self.season.rows(statement, *values)
