"""Makes the fact sheets of claims from what the database holds."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from schemas.vocabulary import Air, Cause, ExceptionCause, OpenedBy, Resolution, Step, WaitingOn
from service.domain.facts import (
    Answer,
    BuyerFacts,
    ClaimFacts,
    Facts,
    FarmerFacts,
    LineFacts,
    OrderFacts,
    PhotoFacts,
    Ruling,
)
from service.domain.parcel import Parcel, Scan, Waybill, folded, parcel_of
from service.domain.remote import exactness
from service.domain.suspensions import Clock, Suspension
from service.domain.tellings import Query, Telling, Told, tellings_of
from service.evidence.base import PhotoContext
from service.evidence.inspection import Inspection
from service.evidence.registry import signals


def facts_of(row: dict[str, Any]) -> Facts:
    """Turn one row of `store.facts.materials` into a fact sheet."""
    waybills, scans = [_waybill(w) for w in row["waybills"]], [_scan(s) for s in row["scans"]]
    tellings = _tellings(waybills, scans, row["scans"])
    return Facts(
        as_of=row["as_of"],
        claim=_claim(row),
        line=LineFacts(
            commodity=row["commodity"],
            paid=row["paid"],
            freight=row["freight"],
            granted_elsewhere=row["refunded"] - row["line_granted"],
        ),
        order=_order(row),
        buyer=BuyerFacts(
            buyer_id=row["buyer_id"],
            senior=row["buyer_senior"],
            recent_claims=row["recent_claims"],
            express_today=row["express_today"],
            express_amount_today=row["express_amount_today"],
            photos_asked_at=row["asked_buyer_at"],
        ),
        parcel=folded(parcel_of(waybills, scans)),
        photos=_photos(row),
        farmer=FarmerFacts(
            asked_at=row["asked_farmer_at"],
            response_due_at=row["response_due_at"] if row["waiting_on"] == WaitingOn.FARMER else None,
            answer=Answer(row["answer"]) if row["answer"] else None,
            note=row["answer_note"],
        ),
        ruling=_ruling(row["ruling"]),
        escalated=row["escalated_at"] is not None or row["stage"] == "appeal",
        tellings=tellings,
        query=_query(row) if any(telling.weak for telling in tellings) else None,
    )


def parcel_from(waybills: list[dict[str, Any]], scans: list[dict[str, Any]]) -> Parcel:
    """Fold stored waybills and scans into a parcel, its loggers' readings included."""
    return folded(parcel_of([_waybill(w) for w in waybills], [_scan(s) for s in scans]))


def tellings_from(waybills: list[dict[str, Any]], scans: list[dict[str, Any]]) -> tuple[Telling, ...]:
    """Sort stored scans by who told them, where that matters."""
    return _tellings([_waybill(w) for w in waybills], [_scan(s) for s in scans], scans)


def _tellings(waybills: list[Waybill], scans: list[Scan], rows: list[dict[str, Any]]) -> tuple[Telling, ...]:
    told = [Told(scan, s["provider"], s["weak"], s["place"]) for scan, s in zip(scans, rows, strict=True)]
    return tellings_of(waybills, told)


def _waybill(row: dict[str, Any]) -> Waybill:
    return Waybill(row["carrier"], row["number"], row["leg"], datetime.fromisoformat(row["uploaded_at"]))


def _scan(row: dict[str, Any]) -> Scan:
    return Scan(
        carrier=row["carrier"],
        number=row["number"],
        at=datetime.fromisoformat(row["at"]),
        step=Step(row["step"]) if row["step"] else None,
        cause=ExceptionCause(row["cause"]) if row["cause"] else None,
        celsius=row["celsius"],
        air=Air(row["air"]) if row["air"] else None,
        place=row["place"],
        device=row["device"],
    )


def clocks_from(row: dict[str, Any]) -> OrderFacts:
    """Return the part of an order's row that deadlines are counted from."""
    order = OrderFacts(
        order_id=row["order_id"],
        farmer_id=row["farmer_id"],
        currency=row["currency"],
        total=row["total"],
        paid_at=row["paid_at"],
        status=row["status"],
        province=row["province"],
        presale=row["presale"],
        ship_by=row["ship_by"],
        city=row["city"],
        district=row["district"],
        to_village=row["to_village"],
        region=row["region"],
    )
    about = [s for s in row["suspensions"] if any(exactness(order, region) for region in s["regions"])]
    return replace(order, suspensions=tuple(_suspension(s) for s in about)) if about else order


def _suspension(stored: dict[str, Any]) -> Suspension:
    return Suspension(
        entry=stored["entry"],
        title=stored["title"],
        clocks=tuple(Clock(clock) for clock in stored["clocks"]),
        starts_at=datetime.fromisoformat(stored["starts_at"]),
        ends_at=datetime.fromisoformat(stored["ends_at"]),
    )


def _query(row: dict[str, Any]) -> Query:
    return Query(row["askable"], row["wanted_at"], row["answered_at"], row["weakly_heard_at"])


def _claim(row: dict[str, Any]) -> ClaimFacts:
    return ClaimFacts(
        claim_id=row["claim_id"],
        opened_by=OpenedBy(row["opened_by"]),
        opened_at=row["opened_at"],
        cause=Cause(row["cause"]),
        requested_resolution=Resolution(row["requested_resolution"]),
        asked_bp=row["asked_bp"],
        granted=row["granted"],
        granted_under=row["guarantee"] if row["granted"] else None,
    )


def _order(row: dict[str, Any]) -> OrderFacts:
    """The order, and what other claims than this one were granted on top of it."""
    order = clocks_from(row | {"status": row["order_status"]})
    if row["compensated_by"] not in (None, row["claim_id"]):
        order = replace(order, compensated=row["compensated"], compensated_by=row["compensated_by"])
    if row["subsidised_by"] not in (None, row["claim_id"]):
        order = replace(order, subsidised=row["subsidised"], subsidised_by=row["subsidised_by"])
    return order


def _photos(row: dict[str, Any]) -> PhotoFacts:
    raised = [
        f"{photo['evidence_id']}: {signal.because}"
        for photo in row["taken"]
        for signal in signals(
            Inspection.from_json(photo["inspection"]),
            PhotoContext(paid_at=row["paid_at"], received_at=datetime.fromisoformat(photo["received_at"])),
        )
    ]
    return PhotoFacts(
        readable=row["readable"],
        pending=row["pending"],
        unreadable=row["unreadable"],
        signals=tuple(raised),
    )


def _ruling(ruling: dict[str, Any] | None) -> Ruling | None:
    if ruling is None:
        return None
    return Ruling(ruling["by"], ruling["amount"], ruling["reason"], datetime.fromisoformat(ruling["at"]))
