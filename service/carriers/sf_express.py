"""SF Express (顺丰), push of routes: single scans, in Chinese time, and not signed at all.

SF publishes no full table of its operation codes. Here stand those that the texts beside them bear out; 99 and 648 may
be a return or a forwarding, so they are trouble that a person looks at; any other is kept as it came.
"""

from collections.abc import Sequence
from datetime import datetime

from schemas.vocabulary import Step
from service.carriers.answers import compact
from service.carriers.base import Account, Answer, Heard, Push, Verdict
from service.carriers.codes import UNKNOWN, Codes, Meaning, trouble
from service.carriers.fields import MOST_NAME, MOST_PLACE, Fields, json_object, raw
from service.carriers.times import CHINA, moment_in
from service.domain.parcel import Scan

CARRIER = "SF"

CODES: Codes = {
    "50": Meaning(Step.PICKED_UP),
    "54": Meaning(Step.PICKED_UP),
    "30": Meaning(Step.ARRIVED),  # Sorted, about to leave: it is still at the hub.
    "31": Meaning(Step.ARRIVED),
    "36": Meaning(Step.DEPARTED),
    "130": Meaning(Step.ARRIVED),
    "44": Meaning(Step.OUT_FOR_DELIVERY),
    "204": Meaning(Step.OUT_FOR_DELIVERY),
    "70": Meaning(Step.ATTEMPT_FAILED),
    "80": Meaning(Step.DELIVERED),
    "8000": Meaning(Step.DELIVERED),  # Seconds after 80: the signature can be looked at.
    "631": Meaning(Step.RETURNING),
    "99": trouble(),
    "648": trouble(),
}


class SfExpress:
    """SF Express: its push proves nothing but that the sender knew the account's path."""

    name = "sf"
    weakly_signed = True
    codes = CODES

    def admit(self, push: Push, account: Account) -> None:
        """Let it in: whoever calls has found the unguessable path, and there is nothing more to check."""

    def read(self, body: bytes) -> Sequence[Heard]:
        """Read the routes of any number of waybills."""
        return [_heard(route) for route in json_object(body).inner("Body").each("WaybillRoute")]

    def answer(self, verdict: Verdict, because: str, account: Account, at: datetime) -> Answer:
        """Anything but 0000 is pushed again."""
        taken = verdict is Verdict.TAKEN
        said = {"return_code": "0000" if taken else "1000", "return_msg": "成功" if taken else because}
        return Answer(200, "application/json; charset=utf-8", compact(said))


def _heard(route: Fields) -> Heard:
    """The reason code belongs to a failed attempt; it is kept with the text."""
    code = route.code("opCode") or ""
    step, cause = CODES.get(code, UNKNOWN)
    at, zone_source = moment_in(route, "acceptTime", CHINA)
    return Heard(
        scan=Scan(CARRIER, route.unspaced("mailno"), at, step, cause),
        zone_source=zone_source,
        raw_code=code[:MOST_NAME],
        raw_text=raw(route.text("remark"), route.code("reasonCode"), route.text("reasonName")),
        place=(route.text("acceptAddress") or "")[:MOST_PLACE] or None,
    )
