"""GS1 EPCIS 2.0 in JSON or JSON-LD: ObjectEvents with business steps, and with the temperatures of sensors.

A document has no signature of its own, so it comes with ours. Which parcel an event speaks of: docs/carriers.md.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from schemas.vocabulary import Air, ExceptionCause, Step
from service.carriers.base import Account, Answer, Heard, Push, PushUnreadable, Verdict, ZoneSource
from service.carriers.codes import UNKNOWN, Codes, Meaning, trouble
from service.carriers.epcis_parcels import GS1_VOCABULARY, parcels_of, word
from service.carriers.epcis_schema import DOCUMENT, OBJECT_EVENT
from service.carriers.fields import MOST_NAME, MOST_PLACE, Fields, json_object, raw, storable
from service.carriers.signature import demand_own
from service.carriers.temperature import air_of, celsius
from service.carriers.times import moment, moment_in, offset
from service.domain.parcel import Scan

CORRECTION = "errorDeclaration"

CODES: Codes = {
    # Business steps (CBV 2.0). None hands over to the buyer: whether `receiving` and `accepting` do, they do not say.
    "packing": Meaning(Step.LABEL_CREATED),
    "staging_outbound": Meaning(Step.LABEL_CREATED),
    "loading": Meaning(Step.PICKED_UP),
    "shipping": Meaning(Step.DEPARTED),
    "departing": Meaning(Step.DEPARTED),
    "transporting": Meaning(Step.DEPARTED),
    "arriving": Meaning(Step.ARRIVED),
    "unloading": Meaning(Step.ARRIVED),
    "receiving": Meaning(Step.ARRIVED),
    "storing": Meaning(Step.ARRIVED),
    "cross_docking": Meaning(Step.ARRIVED),
    "holding": trouble(),
    "accepting": Meaning(None),
    "inspecting": Meaning(None),
    "commissioning": Meaning(None),
    "sensor_reporting": Meaning(None),
    # Dispositions, told beside the step.
    "damaged": trouble(ExceptionCause.DAMAGED),
    "stolen": trouble(ExceptionCause.LOST),
    "destroyed": trouble(),
    "returned": Meaning(Step.RETURNED),
    # What sensors report.
    "Temperature": Meaning(None),
    "RelativeHumidity": Meaning(None),
    # An event that takes an earlier one back.
    CORRECTION: Meaning(None),
}

DISPOSITIONS = frozenset({"damaged", "stolen", "destroyed", "returned"})
"""The states that are an event of their own; `in_transit` and the like only repeat the step."""

TEMPERATURE = "Temperature"
AIR = "makegood:air"
FIGURES = ("value", "meanValue", "maxValue", "minValue")
"""The one figure that is read of a report, the first that is there: a mean lasts as long as its period."""


class Epcis:
    """EPCIS: a capture interface answers 202."""

    name = "epcis"
    weakly_signed = False
    codes = CODES

    def admit(self, push: Push, account: Account) -> None:
        """Check our own HMAC on the raw body."""
        demand_own(push, account)

    def read(self, body: bytes) -> Sequence[Heard]:
        """Read a document to capture, or the answer to a query."""
        document = json_object(body)
        _demand_form(document)
        inside = document.inner("epcisBody")
        if document.text("type") == "EPCISQueryDocument":
            inside = inside.inner("queryResults").inner("resultsBody")
        events = (event for event in inside.each("eventList") if event.text("type") == OBJECT_EVENT)
        return [heard for event in events for heard in _heard(event)]

    def answer(self, verdict: Verdict, because: str, account: Account, at: datetime) -> Answer:
        """EPCIS asks for 202, and for problem documents with its own types."""
        match verdict:
            case Verdict.TAKEN:
                return Answer(202, "application/json", b"")
            case Verdict.REFUSED:
                return _problem(401, "epcisException:SecurityException", because)
            case Verdict.LATER:
                return _problem(503, "epcisException:ImplementationException", because)


def _problem(status: int, kind: str, because: str) -> Answer:
    said = {"type": kind, "title": because, "status": status}
    return Answer(status, "application/problem+json", json.dumps(said, ensure_ascii=False).encode())


def _demand_form(document: Fields) -> None:
    """Name the first place that is not in the form of EPCIS."""
    for error in DOCUMENT.iter_errors(document.values):
        place = ".".join(str(step) for step in error.absolute_path) or "the document"
        raise PushUnreadable(f"{place} is not EPCIS 2.0: {error.message[:200]}")


def _heard(event: Fields) -> Iterator[Heard]:
    """An event is a step of each of its parcels, perhaps a trouble too, and every report of a sensor a reading."""
    zone = offset(event.text("eventTimeZoneOffset") or "", event.at("eventTimeZoneOffset"))
    at, _ = moment_in(event, "eventTime", zone)
    place = _place(event)
    text = raw(event.text("bizStep"), event.text("disposition"), event.text("eventID"))
    corrects = event.values.get(CORRECTION) is not None
    reports = [] if corrects else list(_reports(event, at, zone))
    codes = [CORRECTION] if corrects else _codes(event) or ([] if reports else [""])
    for carrier, number in parcels_of(event):
        for code in codes:
            step, cause = CODES.get(code, UNKNOWN)
            yield Heard(Scan(carrier, number, at, step, cause), ZoneSource.GIVEN, code[:MOST_NAME], text, place)
        for report in reports:
            scan = Scan(carrier, number, report.at, None, celsius=report.celsius, air=report.air)
            yield Heard(scan, ZoneSource.GIVEN, report.kind[:MOST_NAME], report.text, place, report.device)


def _codes(event: Fields) -> list[str]:
    step, state = word(event.text("bizStep") or ""), word(event.text("disposition") or "")
    return [code for code in (step, state if state in DISPOSITIONS else "") if code]


def _place(event: Fields) -> str | None:
    for name in ("readPoint", "bizLocation"):
        if event.values.get(name) is not None:
            return (event.inner(name).text("id") or "")[:MOST_PLACE] or None
    return None


@dataclass(frozen=True, slots=True)
class _Report:
    """What a sensor says; without °C it measured something else, or nothing."""

    at: datetime
    kind: str
    celsius: float | None
    air: Air | None
    device: str | None
    text: str


def _reports(event: Fields, happened_at: datetime, zone: timezone) -> Iterator[_Report]:
    for element in event.each("sensorElementList"):
        about = Fields(element.values.get("sensorMetadata") or {}, element.at("sensorMetadata"))
        for report in element.each("sensorReport"):
            written = report.text("time") or about.text("time") or about.text("endTime")
            kind = word(report.text("type") or "", GS1_VOCABULARY)
            yield _Report(
                at=moment(written, report.at("time"), zone)[0] if written else happened_at,
                kind=kind,
                celsius=_celsius(report) if kind == TEMPERATURE else None,
                air=air_of(report.text(AIR) or about.text(AIR), report.at(AIR)),
                device=(report.text("deviceID") or about.text("deviceID") or "")[:MOST_NAME] or None,
                text=raw(storable(json.dumps(report.values, ensure_ascii=False, sort_keys=True))),
            )


def _celsius(report: Fields) -> float | None:
    figure = next((name for name in FIGURES if report.values.get(name) is not None), None)
    value = report.number(figure) if figure else None
    return None if value is None else celsius(value, report.text("uom") or "", report.at("uom"))
