"""The part of the EPCIS 2.0 JSON form that is read here, as a JSON Schema: what is not named may be there."""

from typing import Any

from jsonschema import Draft202012Validator

_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}

_SENSOR_REPORT: dict[str, Any] = {
    "type": "object",
    "required": ["type"],
    "properties": {
        "type": _TEXT,
        "uom": _TEXT,
        "time": _TEXT,
        "deviceID": _TEXT,
        "value": _NUMBER,
        "meanValue": _NUMBER,
        "minValue": _NUMBER,
        "maxValue": _NUMBER,
        "makegood:air": _TEXT,
    },
}

_SENSOR_ELEMENT: dict[str, Any] = {
    "type": "object",
    "required": ["sensorReport"],
    "properties": {
        "sensorMetadata": {
            "type": "object",
            "properties": {"time": _TEXT, "endTime": _TEXT, "deviceID": _TEXT, "makegood:air": _TEXT},
        },
        "sensorReport": {"type": "array", "minItems": 1, "items": _SENSOR_REPORT},
    },
}

_LOCATION: dict[str, Any] = {"type": "object", "required": ["id"], "properties": {"id": _TEXT}}

_BUSINESS_TRANSACTION: dict[str, Any] = {
    "type": "object",
    "required": ["bizTransaction"],
    "properties": {"type": _TEXT, "bizTransaction": _TEXT},
}

OBJECT_EVENT = "ObjectEvent"
OTHER_EVENTS = ("AggregationEvent", "AssociationEvent", "TransactionEvent", "TransformationEvent")
"""What a document may hold beside ObjectEvents; it speaks of pallets, papers and recipes, and is passed over."""

_OBJECT_EVENT: dict[str, Any] = {
    "required": ["eventTime", "eventTimeZoneOffset"],
    "properties": {
        "eventID": _TEXT,
        "eventTime": _TEXT,
        "eventTimeZoneOffset": _TEXT,
        "bizStep": _TEXT,
        "disposition": _TEXT,
        "readPoint": _LOCATION,
        "bizLocation": _LOCATION,
        "epcList": {"type": "array", "items": _TEXT},
        "bizTransactionList": {"type": "array", "items": _BUSINESS_TRANSACTION},
        "sensorElementList": {"type": "array", "items": _SENSOR_ELEMENT},
        "errorDeclaration": {"type": "object"},
    },
}

_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": {"enum": [OBJECT_EVENT, *OTHER_EVENTS]}},
    "if": {"properties": {"type": {"const": OBJECT_EVENT}}},
    "then": _OBJECT_EVENT,
}

_EVENT_LIST: dict[str, Any] = {
    "type": "object",
    "required": ["eventList"],
    "properties": {"eventList": {"type": "array", "items": _EVENT}},
}

_QUERY_RESULTS: dict[str, Any] = {
    "type": "object",
    "required": ["queryResults"],
    "properties": {
        "queryResults": {"type": "object", "required": ["resultsBody"], "properties": {"resultsBody": _EVENT_LIST}},
    },
}


def _document(name: str, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "if": {"properties": {"type": {"const": name}}},
        "then": {"required": ["epcisBody"], "properties": {"epcisBody": body}},
    }


DOCUMENT = Draft202012Validator(
    {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": ["EPCISDocument", "EPCISQueryDocument"]}},
        "allOf": [_document("EPCISDocument", _EVENT_LIST), _document("EPCISQueryDocument", _QUERY_RESULTS)],
    }
)
"""A document to capture, or the answer to a query."""
