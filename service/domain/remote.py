"""Regions that carriers take longer to reach, and what travels there in two legs (新疆包邮到村)."""

from dataclasses import dataclass, field
from enum import StrEnum

from service.domain.divisions import codes_named
from service.domain.facts import OrderFacts


class Tier(StrEnum):
    """How far away a destination is."""

    ORDINARY = "ordinary"
    REMOTE = "remote"
    VERY_REMOTE = "very_remote"


@dataclass(frozen=True, slots=True)
class ByTier:
    """A figure for each tier, in hours."""

    ordinary: int = 0
    remote: int = 0
    very_remote: int = 0

    def of(self, tier: Tier) -> int:
        """Return the tier's figure."""
        return {Tier.ORDINARY: self.ordinary, Tier.REMOTE: self.remote, Tier.VERY_REMOTE: self.very_remote}[tier]


@dataclass(frozen=True, slots=True)
class RemoteDelivery:
    """新疆包邮到村: the farmer answers for leg 1 alone, the hub passes on within `hub_forward_hours`.

    `tiers` names regions by code or by name; of several that fit the most exact counts. An address with a village has
    `village_hours` more on the last leg and `village_window_hours` more to claim.
    """

    hub_forward_hours: int
    tiers: dict[str, Tier] = field(default_factory=dict)
    village_hours: ByTier = field(default_factory=ByTier)
    village_window_hours: ByTier = field(default_factory=ByTier)

    def tier_of(self, order: OrderFacts) -> Tier:
        """Return how far away an order goes; what the data does not name is ordinary."""
        fitting = {exactness(order, key): tier for key, tier in self.tiers.items()}
        best = max(fitting, default=0)
        return fitting[best] if best else Tier.ORDINARY


def exactness(order: OrderFacts, key: str) -> int:
    """Say how exactly a code or name fits an address: 2 its province, 4 its city, 6 or more below; 0 not at all.

    A name fits by the address's code too: an order may write its province in another way, or in another language.
    """
    codes = (key,) if key.isdigit() else codes_named(key)
    levels = ((order.district, 6), (order.city, 4), (order.province, 2))
    named = next((level for name, level in levels if name.startswith(key)), 0)
    return named or next((len(code) for code in codes if order.region.startswith(code)), 0)
