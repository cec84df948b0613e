"""What cannot be read is named by its place, with what was expected there."""

import json
import re
from typing import Any

import pytest

from service.carriers.base import Account, Push, PushRefused, PushUnreadable
from service.carriers.epcis_schema import DOCUMENT
from service.carriers.registry import PROVIDERS
from service.carriers.signature import own_signature

WAYBILL = "urn:makegood:waybill:SF:SF1"


def refusal(provider: str, body: str | bytes) -> str:
    """Return why a body cannot be read."""
    with pytest.raises(PushUnreadable) as refused:
        PROVIDERS[provider].read(body if isinstance(body, bytes) else body.encode())
    return refused.value.because


def document(**changes: Any) -> str:
    """Return an EPCIS document with one event, changed; None leaves a field out."""
    event = {
        "type": "ObjectEvent",
        "eventTime": "2026-11-03T08:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "epcList": [WAYBILL],
    } | changes
    event = {name: value for name, value in event.items() if value is not None}
    return json.dumps({"type": "EPCISDocument", "epcisBody": {"eventList": [event]}})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"type": "ParcelEvent"}, r"epcisBody.eventList.0.type is not EPCIS 2.0: 'ParcelEvent' is not one of .*"),
        ({"eventTime": None}, r"epcisBody.eventList.0 is not EPCIS 2.0: 'eventTime' is a required property"),
        ({"eventTime": "noon"}, r"epcisBody.eventList.0.eventTime 'noon' is no time: give ISO 8601"),
        ({"eventTime": "1970-01-01T00:00:00Z"}, r".*is not a time between 2000 and 2100"),
        ({"eventTimeZoneOffset": "CST"}, r".*eventTimeZoneOffset 'CST' is no offset: give one like \+08:00"),
        ({"epcList": []}, r".*epcList names no parcel: give urn:makegood:waybill:CARRIER:NUMBER or an SSCC"),
        ({"epcList": ["x" * 65]}, r".*epcList 'x+' is no number: at most 64 characters without spaces"),
    ],
)
def test_an_epcis_event_that_does_not_fit_is_named(changes: dict[str, Any], said: str) -> None:
    assert re.fullmatch(said, refusal("epcis", document(**changes)))


def test_events_of_other_kinds_do_not_cost_a_document_its_scans() -> None:
    pallet = {"type": "AggregationEvent", "action": "ADD", "parentID": "urn:epc:id:sscc:690123456.0000000001"}
    mixed = json.loads(document(bizStep="departing"))
    mixed["epcisBody"]["eventList"].insert(0, pallet)

    [heard] = PROVIDERS["epcis"].read(json.dumps(mixed).encode())

    assert (heard.scan.number, heard.scan.step) == ("SF1", "departed")


def test_a_correction_is_kept_and_its_readings_are_not_believed() -> None:
    reading = [{"sensorReport": [{"type": "Temperature", "value": 40, "uom": "CEL"}]}]

    [kept] = PROVIDERS["epcis"].read(document(errorDeclaration={}, sensorElementList=reading).encode())

    assert (kept.raw_code, kept.scan.step, kept.scan.celsius) == ("errorDeclaration", None, None)


def test_the_schema_is_a_schema() -> None:
    DOCUMENT.check_schema(DOCUMENT.schema)


@pytest.mark.parametrize(
    ("report", "said"),
    [
        ({"type": "Temperature", "value": "cold", "uom": "CEL"}, "sensorReport.0.value is not EPCIS 2.0"),
        ({"type": "Temperature", "value": 3}, "sensorReport.0.uom '' is no unit of temperature: one of CEL, C,"),
        ({"type": "Temperature", "value": 3, "uom": "CEL", "makegood:air": "hot"}, "'hot' is no air: one of supply,"),
    ],
)
def test_a_sensor_report_that_does_not_fit_is_named(report: dict[str, Any], said: str) -> None:
    assert said in refusal("epcis", document(sensorElementList=[{"sensorReport": [report]}]))


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("", "no header in the first 100 lines: name the columns, at least time and celsius"),
        ("# carrier: SF\n", "no header in the first 100 lines: name the columns, at least time and celsius"),
        ("time,kelvin\n", "the header names no time, or not exactly one of celsius and value"),
        ("time,celsius,value\n", "the header names no time, or not exactly one of celsius and value"),
        ("time,celsius,Time\n", "the header names a column twice: rename or remove one"),
        ("time,celsius\n2026-11-03T08:00:00Z\n", "line 2 has 1 cells, the header 2: a line may be cut off"),
        ("time,celsius\n2026-11-03T08:00:00Z,3\n", "line 2, carrier is missing: it names the parcel"),
        ("#carrier:SF\ntime,celsius\n2026-11-03T08:00:00Z,3\n", "line 3, number is missing: it names the parcel"),
        ("carrier,number,time,celsius\nSF,1,3.11.2026,3\n", "line 2, time '3.11.2026' is no time: give ISO 8601"),
        ("carrier,number,time,celsius\nSF,1,2026-11-03,warm\n", "line 2, celsius 'warm' is no number"),
        ("carrier,number,time,value\nSF,1,2026-11-03,4\n", "line 2, unit '' is no unit of temperature"),
        ("carrier,number,time,celsius,unit\nSF,1,2026-11-03,4,F\n", "line 2, unit 'F' contradicts the column celsius"),
        ("carrier,number,time,celsius,air\nSF,1,2026-11-03,4,cold\n", "line 2, air 'cold' is no air"),
        ("carrier,number,time,celsius,zone\nSF,1,2026-11-03,4,CST\n", "line 2, zone 'CST' is no offset"),
        (b"time,celsius\n\xb0\n", "the file is not UTF-8: save it as CSV UTF-8"),
    ],
)
def test_a_loggers_line_that_does_not_fit_is_named(file: str | bytes, said: str) -> None:
    assert refusal("logger", file).startswith(said)


def test_a_push_without_a_time_or_a_number_is_named() -> None:
    route = {"mailno": "SF1", "acceptTime": "2026-11-03 08:00:00", "opCode": "50"}

    no_time, no_number, two_numbers = (
        refusal("sf", json.dumps({"Body": {"WaybillRoute": [route, route | {name: value}]}}))
        for name, value in (("acceptTime", None), ("mailno", ""), ("mailno", "SF1 SF2"))
    )

    assert no_time == "Body.WaybillRoute.1.acceptTime is missing: an event happens at a time"
    assert no_number == "Body.WaybillRoute.1.mailno is missing: it names the parcel"
    assert two_numbers.partition(":")[0] == "Body.WaybillRoute.1.mailno 'SF1 SF2' is no number"


def test_a_refused_signature_says_what_to_do_and_no_secret() -> None:
    account = Account("acc_7", "logger", ("the secret of account seven",))
    forged = Push(b"time,celsius\n", {"makegood-signature": own_signature("a guess", b"time,celsius\n")})

    with pytest.raises(PushRefused) as refused:
        PROVIDERS["logger"].admit(forged, account)

    assert refused.value.because == (
        "makegood-signature fits no live secret of acc_7: compare secrets, and sign the raw bytes"
    )
