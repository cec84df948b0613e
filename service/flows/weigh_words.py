"""Who bears a loss, as far as the words on the way can be believed: weak ones move little until they are confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schemas.vocabulary import Party
from service.domain.confirmation import may_confirm
from service.domain.facts import Facts
from service.domain.liability import Attribution, Share, attribute, moved
from service.domain.policy import Policy
from service.flows.gather_facts import facts_of


@dataclass(frozen=True, slots=True)
class Weighed:
    """Shares with the facts that carry them; `unconfirmed`: weakly signed words that say otherwise are left out.

    `asks`: a provider should confirm those, `waits`: nothing is shared out before it has.
    """

    facts: Facts
    shared: Attribution
    unconfirmed: bool = False
    asks: bool = False
    waits: bool = False


def weigh(row: dict[str, Any], policy: Policy, granted: int, stand: Sequence[Share]) -> Weighed:
    """Return the shares of a claim's cost, in minor units granted; `stand` are those that it has.

    Where weakly signed words would move more than the policy's amount, the confirmed ones decide; a first share waits
    for the provider as long as a claim would. Only where a person ruled, who saw the weak words, do they carry a
    parcel that nobody confirmed at all.
    """
    facts = facts_of(row)
    weighed = Weighed(facts, attribute(facts, policy, granted))
    limit = policy.carriers.weak_amount_above
    if limit is None or not any(telling.weak for telling in facts.tellings):
        return weighed
    confirmed = facts_of({**row, "scans": [scan for scan in row["scans"] if not scan["weak"]]})
    sober = attribute(confirmed, policy, granted)
    if moved(sober.shares, weighed.shared.shares) <= limit:
        return weighed
    asks = may_confirm(facts.query, facts.as_of, policy)
    if asks and not stand:
        return Weighed(confirmed, sober, unconfirmed=True, asks=True, waits=True)
    if facts.ruling is None or confirmed.parcel.shipped_at or terms(sober.shares) == terms(stand):
        return Weighed(confirmed, sober, unconfirmed=True, asks=asks)
    return weighed


def terms(shares: Sequence[Share]) -> list[tuple[Party, str, int, int]]:
    """What a new attribution must change to be worth writing; a sentence alone is not."""
    return [(share.party, share.party_id, share.share_bp, share.amount) for share in shares]
