"""AfterShip, tracking webhook: a full snapshot of a parcel, sent again for about three days until a 2xx answers.

Signed in the header `aftership-hmac-sha256` with the base64 of the HMAC-SHA256 of the raw body.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from schemas.vocabulary import ExceptionCause, Step
from service.carriers.answers import by_status
from service.carriers.base import Account, Answer, Heard, Push, Verdict
from service.carriers.codes import UNKNOWN, Codes, Meaning, trouble
from service.carriers.fields import MOST_NAME, MOST_PLACE, Fields, json_object, raw
from service.carriers.names import canonical
from service.carriers.signature import demand
from service.carriers.times import moment_in, zone_of
from service.domain.parcel import Scan

HEADER = "aftership-hmac-sha256"

CODES: Codes = {
    "InfoReceived_001": Meaning(Step.LABEL_CREATED),
    "InTransit_001": Meaning(Step.DEPARTED),
    "InTransit_002": Meaning(Step.PICKED_UP),
    "InTransit_003": Meaning(Step.ARRIVED),
    "InTransit_004": Meaning(Step.ARRIVED),
    "InTransit_005": Meaning(Step.DEPARTED),
    "InTransit_006": Meaning(Step.ARRIVED),
    "InTransit_007": Meaning(Step.DEPARTED),
    "InTransit_008": Meaning(Step.DEPARTED),
    "InTransit_009": Meaning(Step.DEPARTED),
    "OutForDelivery_001": Meaning(Step.OUT_FOR_DELIVERY),
    "OutForDelivery_003": Meaning(Step.OUT_FOR_DELIVERY),
    "OutForDelivery_004": Meaning(Step.OUT_FOR_DELIVERY),
    "AttemptFail_001": Meaning(Step.ATTEMPT_FAILED),
    "AttemptFail_002": Meaning(Step.ATTEMPT_FAILED),
    "AttemptFail_003": Meaning(Step.ATTEMPT_FAILED),
    "Delivered_001": Meaning(Step.DELIVERED),
    "Delivered_002": Meaning(Step.DELIVERED),
    "Delivered_003": Meaning(Step.DELIVERED),
    "Delivered_004": Meaning(Step.DELIVERED),
    "Delivered_005": Meaning(Step.DELIVERED),
    "AvailableForPickup_001": Meaning(Step.STATION_DROP),
    "Exception_001": trouble(),
    "Exception_002": trouble(ExceptionCause.ADDRESS),
    "Exception_003": trouble(ExceptionCause.REFUSED),
    "Exception_004": trouble(ExceptionCause.CUSTOMS),
    "Exception_005": trouble(ExceptionCause.DELAYED),
    "Exception_006": trouble(),
    "Exception_007": trouble(ExceptionCause.ADDRESS),
    "Exception_008": trouble(ExceptionCause.OVERDUE_PICKUP),
    "Exception_009": trouble(),
    "Exception_010": Meaning(Step.RETURNING),
    "Exception_011": Meaning(Step.RETURNED),
    "Exception_012": trouble(ExceptionCause.DAMAGED),
    "Exception_013": trouble(ExceptionCause.LOST),
    "Exception_016": trouble(ExceptionCause.DELAYED),
    "Exception_017": trouble(ExceptionCause.WEATHER),
    "Exception_018": trouble(ExceptionCause.CUSTOMS),
    "Pending_001": Meaning(None),
    "Expired_001": Meaning(None),  # AfterShip's own word after 30 days of silence, and none of the carrier's.
    # The tag of a checkpoint, where it has no subtag.
    "Pending": Meaning(None),
    "InfoReceived": Meaning(Step.LABEL_CREATED),
    "InTransit": Meaning(Step.DEPARTED),
    "OutForDelivery": Meaning(Step.OUT_FOR_DELIVERY),
    "AttemptFail": Meaning(Step.ATTEMPT_FAILED),
    "Delivered": Meaning(Step.DELIVERED),
    "AvailableForPickup": Meaning(Step.STATION_DROP),
    "Exception": trouble(),
    "Expired": Meaning(None),
}


class AfterShip:
    """AfterShip: any 2xx ends its retries."""

    name = "aftership"
    weakly_signed = False
    codes = CODES

    def admit(self, push: Push, account: Account) -> None:
        """Check the HMAC on the raw body."""
        demand(push, HEADER, account, lambda secret: _signature(secret, push.body))

    def read(self, body: bytes) -> Sequence[Heard]:
        """Read the checkpoints of a snapshot."""
        parcel = json_object(body).inner("msg")
        carrier, number = canonical(parcel.unspaced("slug")), parcel.unspaced("tracking_number")
        return [_heard(checkpoint, carrier, number) for checkpoint in parcel.each("checkpoints")]

    def answer(self, verdict: Verdict, because: str, account: Account, at: datetime) -> Answer:
        """Only the status counts."""
        return by_status(verdict, because)


def _heard(checkpoint: Fields, carrier: str, number: str) -> Heard:
    """A time without an offset is local where the parcel was scanned, so the country there tells the zone."""
    code = checkpoint.text("subtag") or checkpoint.text("tag") or ""
    step, cause = CODES.get(code, UNKNOWN)
    at, zone_source = moment_in(checkpoint, "checkpoint_time", zone_of(_country(checkpoint)))
    return Heard(
        scan=Scan(carrier, number, at, step, cause),
        zone_source=zone_source,
        raw_code=code[:MOST_NAME],
        raw_text=raw(checkpoint.text("message"), checkpoint.code("raw_tag")),
        place=_place(checkpoint),
    )


def _country(checkpoint: Fields) -> str | None:
    return checkpoint.text("country_region") or checkpoint.text("country_iso3")


def _place(checkpoint: Fields) -> str | None:
    parts = (checkpoint.text(name) for name in ("city", "state", "country_region"))
    return (checkpoint.text("location") or ", ".join(part for part in parts if part))[:MOST_PLACE] or None


def _signature(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
