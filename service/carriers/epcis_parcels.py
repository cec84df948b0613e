"""Which parcels an EPCIS event speaks of, and the bare words of its vocabulary.

In this order, the first that is there: `urn:makegood:waybill:CARRIER:NUMBER` (in bizTransactionList or epcList), the
SSCC of a parcel (URN or GS1 Digital Link) as number of the carrier SSCC, any other EPC as number of the carrier EPC.
"""

import re
from collections.abc import Sequence

from service.carriers.base import PushUnreadable
from service.carriers.fields import Fields, storable, unspaced

WAYBILL = re.compile(r"urn:makegood:waybill:([^:]+):([^:]+)")
SSCC_URN = re.compile(r"urn:epc:id:sscc:([0-9]{6,12})\.([0-9])([0-9]+)")
SSCC_LINK = re.compile(r"https?://[^?#]+/00/([0-9]{18})(?:[?#].*)?")
CBV = re.compile(
    r"(?:urn:epcglobal:cbv:(?:bizstep|disp):|https?://ref\.gs1\.org/cbv/(?:BizStep|Disp)-|cbv:(?:BizStep|Disp)-)?(\w+)"
)
GS1_VOCABULARY = re.compile(r"(?:gs1:|https?://(?:www\.)?gs1\.org/voc/|https?://ref\.gs1\.org/voc/)?(\w+)")

Name = tuple[str, str]
"""A carrier and the number under which it moves a parcel."""


def parcels_of(event: Fields) -> Sequence[Name]:
    """Return each parcel once; raises PushUnreadable for an event that names none."""
    transactions = [one.text("bizTransaction") for one in event.each("bizTransactionList")]
    epcs = [storable(epc).strip() for epc in event.items("epcList")]
    place = event.at("epcList")
    found = (
        [waybill.groups() for id_ in (*transactions, *epcs) if (waybill := WAYBILL.fullmatch(id_ or ""))]
        or [("SSCC", number) for epc in epcs if (number := _sscc(epc))]
        or [("EPC", epc) for epc in epcs]
    )
    if not found:
        raise PushUnreadable(f"{place} names no parcel: give urn:makegood:waybill:CARRIER:NUMBER or an SSCC")
    return list(dict.fromkeys((unspaced(carrier, place), unspaced(number, place)) for carrier, number in found))


def word(text: str, known: re.Pattern[str] = CBV) -> str:
    """Return a word of a standard vocabulary without its prefix; a word of another one stays as it is."""
    matched = known.fullmatch(text)
    return matched.group(1) if matched else text


def _sscc(epc: str) -> str | None:
    """Return the 18 digits of a logistic unit."""
    if link := SSCC_LINK.fullmatch(epc):
        return link.group(1)
    if urn := SSCC_URN.fullmatch(epc):
        company, extension, serial = urn.groups()
        digits = extension + company + serial
        return digits + _check_digit(digits) if len(digits) == 17 else None
    return None


def _check_digit(digits: str) -> str:
    """GS1's modulo 10: the digits weigh 3, 1, 3, … from the left of 17."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return str(-total % 10)
