"""Published policy texts in the database, so that a decision can be replayed without its file."""

from collections.abc import Iterable, Mapping

from service.domain.policy import Policy
from service.store.database import Connection


def publish(conn: Connection, policies: Iterable[Policy], texts: Mapping[str, str]) -> None:
    """Store each policy's text once, under its content hash."""
    for policy in policies:
        conn.execute(
            """
            INSERT INTO policies (policy_id, version, effective_from, body)
            VALUES (%(policy_id)s, %(version)s, %(effective_from)s, %(body)s)
            ON CONFLICT (policy_id) DO NOTHING
            """,
            {
                "policy_id": policy.policy_id,
                "version": policy.version,
                "effective_from": policy.effective_from,
                "body": texts[policy.policy_id],
            },
        )


def text_of(conn: Connection, policy_id: str) -> str | None:
    """Return the published text of a policy."""
    row = conn.execute("SELECT body FROM policies WHERE policy_id = %s", (policy_id,)).fetchone()
    return str(row["body"]) if row else None
