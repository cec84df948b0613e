"""The forms of what a policy says about a parcel's way: lanes, tiers, fake shipment, trouble."""

from typing import Any

from marshmallow import ValidationError, validates_schema

from service.domain import policy
from service.domain.remote import ByTier, RemoteDelivery, Tier
from service.policies import entries
from service.policies.spoken import Form


class ByTierForm(Form):
    """A figure for each tier of regions."""

    makes = ByTier
    ordinary = entries.hours(least=0)
    remote = entries.hours(least=0)
    very_remote = entries.hours(least=0)


class FakeShipmentForm(Form):
    """虚假发货."""

    makes = policy.FakeShipment
    scan_hours = entries.count(1)
    move_hours = entries.count(1)
    leave_hub_hours = entries.under(ByTierForm)
    route_must_lead_to_address = entries.yes_or_no()


class LogisticsTroubleForm(Form):
    """物流异常补贴券."""

    makes = policy.LogisticsTrouble
    paid_as = entries.choice(policy.PaidAs)
    late = entries.listed(entries.count(1))
    stall_hours = entries.count(24)
    stalled = entries.count(1)
    loss_hours = entries.count(24)
    lost = entries.count(1)
    warm = entries.count(1)

    @validates_schema
    def _grows(self, data: dict[str, Any], **_: Any) -> None:
        if data["late"] != sorted(data["late"]):
            raise ValidationError("must not fall from day to day: put the figures in order", "late")
        if data["loss_hours"] <= data["stall_hours"]:
            raise ValidationError("must come after stall_hours: raise it", "loss_hours")


class RemoteDeliveryForm(Form):
    """新疆包邮到村."""

    makes = RemoteDelivery
    hub_forward_hours = entries.count(1)
    tiers = entries.by_region(entries.choice(Tier))
    village_hours = entries.under(ByTierForm)
    village_window_hours = entries.under(ByTierForm)


class LaneForm(Form):
    """The carriers' promise to a region."""

    makes = policy.Lane
    transit_hours = entries.count(1)
    hub_hours = entries.count(1)


class LaneTermForm(Form):
    """What changes a lane's promise."""

    makes = policy.LaneTerm
    name = entries.text()
    transit_hours = entries.hours()
    hub_hours = entries.hours(otherwise=0)
    commodities = entries.listed(entries.text(), optional=True)
    months = entries.listed(entries.month(), optional=True)
    regions = entries.listed(entries.region(), optional=True)
