"""The trail of a claim: whatever is done for it later is logged with its id and the request that opened it."""

from collections.abc import Sequence

from service.store.database import Connection

Trail = dict[str, str | None]
"""`claim_id` and `request_id`, as log lines name them."""


def trails(conn: Connection, subject_ids: Sequence[str]) -> dict[str, Trail]:
    """Return the trail of each of these subjects of work: claims, or what belongs to one (a photo: to its first).

    A subject without a claim has none; of a claim that the service opened, `request_id` is None.
    """
    rows = conn.execute(
        """
        SELECT subject_id, claim_id, request_id
        FROM (
            SELECT claim_id AS subject_id, claim_id FROM claims WHERE claim_id = ANY(%(ids)s)
            UNION ALL
            SELECT refund_id, claim_id FROM refunds WHERE refund_id = ANY(%(ids)s)
            UNION ALL
            SELECT coupon_id, claim_id FROM coupons WHERE coupon_id = ANY(%(ids)s)
            UNION ALL
            SELECT recovery_id, claim_id FROM recoveries WHERE recovery_id = ANY(%(ids)s)
            UNION ALL
            SELECT evidence_id, min(claim_id) FROM claim_evidence WHERE evidence_id = ANY(%(ids)s) GROUP BY evidence_id
        ) AS belongs
        JOIN claims USING (claim_id)
        """,
        {"ids": list(subject_ids)},
    )
    return {row["subject_id"]: {name: row[name] for name in ("claim_id", "request_id")} for row in rows}
