"""The November policy as it would be if a missed shipping deadline were compensated by coupons."""

from dataclasses import replace

from service.policies.library import PUBLISHED, Library, read_policy
from service.store import policies
from service.wiring.parts import Parts

_TEXT = (PUBLISHED / "2026-11-01-guarantees.yaml").read_text(encoding="utf-8")
COUPON_TEXT = (
    _TEXT.replace("  severe_most: 10000\n", "  severe_most: 10000\n  paid_as: coupon\n")
    .replace('version: "2026-11-01"', 'version: "2026-09-01"')
    .replace("2026-11-01T", "2026-09-01T")
)


def paying_in_coupons(parts: Parts) -> Parts:
    """Return parts whose one policy, published in their database, pays that compensation in coupons."""
    policy = read_policy(COUPON_TEXT, "2026-09-01.yaml")
    library = Library((policy,), {policy.policy_id: COUPON_TEXT})
    with parts.db.transaction() as conn:
        policies.publish(conn, library.policies, library.texts)
    return replace(parts, library=library, deciding=replace(parts.deciding, library=library))
