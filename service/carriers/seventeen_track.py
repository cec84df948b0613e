"""17TRACK, webhook of version 2.4: a full snapshot of a parcel, from the carrier and from the one that took over.

Signed in the header `sign` with the SHA-256 of the raw body, a slash and the key. A plain hash, yet not a weak one:
the key stands last, where the hash cannot be lengthened behind it, and without the key nobody computes it.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timezone

from schemas.vocabulary import ExceptionCause, Step
from service.carriers.answers import by_status
from service.carriers.base import Account, Answer, Heard, Push, PushUnreadable, Verdict, ZoneSource
from service.carriers.codes import UNKNOWN, Codes, Meaning, trouble
from service.carriers.fields import MOST_NAME, MOST_PLACE, Fields, json_object, raw
from service.carriers.names import canonical
from service.carriers.signature import demand
from service.carriers.times import moment, zone_of
from service.domain.parcel import Scan

CODES: Codes = {
    "NotFound_Other": Meaning(None),
    "NotFound_InvalidCode": Meaning(None),
    "Expired_Other": Meaning(None),  # 17TRACK's own word after a long silence, and none of the carrier's.
    "InfoReceived": Meaning(Step.LABEL_CREATED),
    "InTransit_PickedUp": Meaning(Step.PICKED_UP),
    "InTransit_Departure": Meaning(Step.DEPARTED),
    "InTransit_Arrival": Meaning(Step.ARRIVED),
    "InTransit_Other": Meaning(Step.DEPARTED),
    "InTransit_CustomsProcessing": Meaning(Step.ARRIVED),
    "InTransit_CustomsReleased": Meaning(Step.DEPARTED),
    "InTransit_CustomsRequiringInformation": trouble(ExceptionCause.CUSTOMS),
    "AvailableForPickup_Other": Meaning(Step.STATION_DROP),
    "OutForDelivery_Other": Meaning(Step.OUT_FOR_DELIVERY),
    "DeliveryFailure_Other": Meaning(Step.ATTEMPT_FAILED),
    "DeliveryFailure_NoBody": Meaning(Step.ATTEMPT_FAILED),
    "DeliveryFailure_Security": trouble(ExceptionCause.CUSTOMS),
    "DeliveryFailure_Rejected": trouble(ExceptionCause.REFUSED),
    "DeliveryFailure_InvalidAddress": trouble(ExceptionCause.ADDRESS),
    "Delivered_Other": Meaning(Step.DELIVERED),
    "Exception_Other": trouble(),
    "Exception_Returning": Meaning(Step.RETURNING),
    "Exception_Returned": Meaning(Step.RETURNED),
    "Exception_NoBody": trouble(ExceptionCause.UNREACHABLE),
    "Exception_Security": trouble(ExceptionCause.CUSTOMS),
    "Exception_Damage": trouble(ExceptionCause.DAMAGED),
    "Exception_Rejected": trouble(ExceptionCause.REFUSED),
    "Exception_Delayed": trouble(ExceptionCause.DELAYED),
    "Exception_Lost": trouble(ExceptionCause.LOST),
    "Exception_Destroyed": trouble(),
    "Exception_Cancel": trouble(),
    # The stage of an event, where it has no sub-status.
    "PickedUp": Meaning(Step.PICKED_UP),
    "Departure": Meaning(Step.DEPARTED),
    "Arrival": Meaning(Step.ARRIVED),
    "AvailableForPickup": Meaning(Step.STATION_DROP),
    "OutForDelivery": Meaning(Step.OUT_FOR_DELIVERY),
    "Delivered": Meaning(Step.DELIVERED),
    "Returning": Meaning(Step.RETURNING),
    "Returned": Meaning(Step.RETURNED),
}


class SeventeenTrack:
    """17TRACK: wants HTTP 200, and sends again three times."""

    name = "17track"
    weakly_signed = False
    codes = CODES

    def admit(self, push: Push, account: Account) -> None:
        """Check the header `sign` on the raw body."""
        demand(push, "sign", account, lambda key: hashlib.sha256(push.body + b"/" + key.encode()).hexdigest())

    def read(self, body: bytes) -> Sequence[Heard]:
        """Read a snapshot; a notice that 17TRACK stopped following has no events."""
        data = json_object(body).inner("data")
        carrier, number = canonical(data.unspaced("carrier")), data.unspaced("number")
        if data.values.get("track_info") is None:
            return []
        tracking = data.inner("track_info").inner("tracking")
        return [
            _heard(event, carrier, number)
            for provider in tracking.each("providers")
            for event in provider.each("events")
        ]

    def answer(self, verdict: Verdict, because: str, account: Account, at: datetime) -> Answer:
        """Only the status counts."""
        return by_status(verdict, because)


def _heard(event: Fields, carrier: str, number: str) -> Heard:
    code = event.text("sub_status") or event.text("stage") or ""
    step, cause = CODES.get(code, UNKNOWN)
    at, zone_source = _time(event)
    return Heard(
        scan=Scan(carrier, number, at, step, cause),
        zone_source=zone_source,
        raw_code=code[:MOST_NAME],
        raw_text=raw(event.text("description")),
        place=(event.text("location") or "")[:MOST_PLACE] or None,
    )


def _time(event: Fields) -> tuple[datetime, ZoneSource]:
    """A delivery may have its time in `time_raw` alone: as the carrier wrote it, often without a zone."""
    for name in ("time_utc", "time_iso"):
        if text := event.text(name):
            return moment(text, event.at(name), _zone(event))
    written = event.inner("time_raw")
    date, time, zone = (written.text(name) for name in ("date", "time", "timezone"))
    if date is None:
        raise PushUnreadable(f"{written.at('date')} is missing, and so are time_iso and time_utc")
    return moment(f"{date}T{time or '00:00:00'}{zone or ''}", written.place, _zone(event))


def _zone(event: Fields) -> timezone:
    where = event.values.get("address")
    return zone_of(event.inner("address").text("country") if where is not None else None)
