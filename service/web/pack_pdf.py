"""A claim pack as PDF: Chinese first, English second, one page and its photos."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from PIL import Image as Picture
from reportlab import rl_config
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from service.domain.wording import money, percent
from service.web.pack_font import FONT, letters, readable
from service.web.pack_words import LEFT_OUT, clock, told

MOST_SCANS, MOST_READINGS, MOST_PHOTOS = 80, 40, 9
MOST_LETTERS, MOST_LETTERS_A_CELL = 500, 48
"""A row must fit on a page: a longer text is cut there, and stands whole in the JSON."""

PHOTO_WIDTH, PHOTO_HEIGHT = 78 * mm, 70 * mm
_WIDTH = A4[0] - 36 * mm - 12

_BODY = ParagraphStyle("body", fontName=FONT, fontSize=9, leading=13, wordWrap="CJK")
_SMALL = ParagraphStyle("small", parent=_BODY, fontSize=7.5, leading=10)
_HEAD = ParagraphStyle("head", parent=_BODY, fontSize=11, leading=15, spaceBefore=9, spaceAfter=3)
_TITLE = ParagraphStyle("title", parent=_BODY, fontSize=17, leading=24)
_GRID = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.lightgrey),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
)

rl_config.useA85 = 0
"""Photos go in as bytes: written out as text they took nine tenths of the time, and a quarter more room."""

Json = dict[str, Any]


def pack_pdf(pack: Json, photos: Mapping[str, bytes]) -> bytes:
    """Return a pack as PDF with its font embedded; long lists are cut, and say how much was left out.

    `photos`: the re-encoded copies by evidence id.
    """
    letters()
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=16 * mm,
        bottomMargin=16 * mm,
        title=f"Claim pack {pack['recovery_id']}",
        author="Makegood",
        invariant=1,
    )
    document.build(
        [*_summary(pack), *_reasons(pack), *_legs(pack), *_timeline(pack), *_photos(pack, photos)],
        onFirstPage=_foot(pack),
        onLaterPages=_foot(pack),
    )
    return out.getvalue()


def _summary(pack: Json) -> Iterable[Flowable]:
    claim, order = pack["claim"], pack["order"]
    goods = "；".join(_line(line) for line in pack["goods"])
    yield _text("承运商索赔材料 Claim against the carrier", _TITLE)
    yield _pairs(
        {
            "承运商 Carrier": pack["carrier"],
            "运单 Waybills": "、".join(waybill["number"] for waybill in pack["waybills"]),
            "索赔金额 Amount claimed": _money(pack["amount"]),
            "尚欠 Outstanding": _money(pack["outstanding"]),
            "申报截止 To be filed by": clock(pack["filing_due_at"]) or "未知 not known",
            "承运商受理号 Carrier's reference": pack["reference"] or "—",
            "追偿编号 Recovery": pack["recovery_id"],
            "售后单 Claim": f"{claim['number']}  {claim['guarantee_zh'] or ''}",
            "原因 Cause": f"{told('cause', claim['cause'])}，{percent(claim['asked_bp'])}",
            "订单 Order": f"{order['id']}，{clock(order['paid_at'])} 付款 paid",
            "目的地 Destination": order["destination"] or "—",
            "货物 Goods": goods,
        }
    )


def _line(line: Json) -> str:
    named = f"{line['title']}（{line['commodity_zh'] or line['commodity']}）"
    return f"{named} ×{line['quantity']:g} {line['unit']}，{_money(line['paid'])}"


def _reasons(pack: Json) -> Iterable[Flowable]:
    claim, charge = pack["claim"], pack["charge"]
    yield _text("责任与金额 Liability and amount", _HEAD)
    yield _pairs(
        {
            "买家获赔 Granted to the buyer": _money(claim["granted"]),
            "计算 Arithmetic": "；".join(claim["arithmetic"]),
            "承运商责任 Carrier's share": f"{percent(charge['share_bp'])}：{_money(pack['amount'])}",
            "依据 Because": charge["because"],
            "各方责任 All shares": "；".join(
                f"{told('party', share['party'])} {percent(share['share_bp'])} {_money(share['amount'])}"
                for share in charge["shares"]
            ),
            "未知事实 Not known": "；".join(charge["unknown"]) or "—",
            "规则版本 Policy": pack["policy_version"],
        }
    )


def _legs(pack: Json) -> Iterable[Flowable]:
    for leg in pack["legs"]:
        warm = "—"
        if leg["peak_celsius"] is not None:
            warm = f"最高 up to {leg['peak_celsius']:g} °C，超温 above it {leg['minutes_above']} min"
        limit = leg["warm_above_celsius"]
        yield _text(f"第 {leg['leg']} 段 Leg {leg['leg']} · {leg['number']}", _HEAD)
        yield _pairs(
            {
                "交寄 Handed over": clock(leg["handed_over_at"]) or "—",
                "送达 Arrived": clock(leg["arrived_at"]) or "—",
                "承诺与实际 Promised and taken": f"{leg['promised_hours']} h / {_hours(leg['took_hours'])}",
                "温度上限 Promised to stay below": f"{limit:g} °C" if limit is not None else "—",
                "超温 Too warm": warm,
                "报损 Damage reported": clock(leg["damaged_at"]) or "—",
                "报失 Loss reported": clock(leg["lost_at"]) or "—",
            }
        )
        if leg["temperatures"]:
            yield Spacer(1, 2 * mm)
            yield _cut(
                ["温度记录 Temperature", "°C", "记录仪 Device"],
                [
                    [clock(reading["at"]), f"{reading['celsius']:g}", reading["device"] or "—"]
                    for reading in leg["temperatures"]
                ],
                MOST_READINGS,
                (0.35, 0.15, 0.5),
            )


def _timeline(pack: Json) -> Iterable[Flowable]:
    yield _text("物流轨迹 Timeline of scans", _HEAD)
    rows = [
        [
            clock(scan["at"]),
            scan["number"],
            _step(scan),
            scan["place"] or "",
            f"{scan['celsius']:g}" if scan["celsius"] is not None else "",
            " ".join(filter(None, (scan["raw_code"], scan["raw_text"]))),
        ]
        for scan in pack["timeline"]
    ]
    head = ["时间 Time", "运单 Waybill", "状态 Step", "地点 Place", "°C", "原文 As the carrier said it"]
    yield _cut(head, rows, MOST_SCANS, (0.22, 0.17, 0.18, 0.12, 0.05, 0.26))


def _step(scan: Json) -> str:
    """A code that no table knows tells no step; what the carrier said stands beside it."""
    if scan["step"] is None:
        return "—"
    return told("step", scan["step"]) + (f"：{told('exception', scan['cause'])}" if scan["cause"] else "")


def _photos(pack: Json, photos: Mapping[str, bytes]) -> Iterable[Flowable]:
    yield _text("照片 Photos", _HEAD)
    if not pack["photos"]:
        yield _text("没有照片 none were needed", _BODY)
    for photo in pack["photos"][:MOST_PHOTOS]:
        said = f"{photo['id']} · {told('kind', photo['kind'])} · {clock(photo['received_at'])}"
        caption = [_text(said, _SMALL), _text(f"原件 original SHA-256 {photo['sha256']}", _SMALL)]
        shown = photos.get(photo["id"])
        picture = _picture(shown) if shown else _text("无法显示 cannot be shown", _BODY)
        yield KeepTogether([picture, *caption, Spacer(1, 3 * mm)])
    yield from _left_out(len(pack["photos"]) - MOST_PHOTOS)


def _picture(shown: bytes) -> Image:
    """The copy goes in as it is: it is our own JPEG, and small."""
    with Picture.open(BytesIO(shown)) as picture:
        width, height = picture.size
    scale = min(PHOTO_WIDTH / width, PHOTO_HEIGHT / height)
    return Image(BytesIO(shown), width * scale, height * scale, hAlign="LEFT")


def _pairs(told_of: Mapping[str, str]) -> Table:
    rows = [[_text(name, _SMALL), _text(value, _BODY)] for name, value in told_of.items()]
    return Table(rows, colWidths=(0.26 * _WIDTH, 0.74 * _WIDTH), style=_GRID, hAlign="LEFT")


def _cut(head: Sequence[str], rows: Sequence[Sequence[str]], most: int, widths: Sequence[float]) -> Table:
    shown = [list(head), *[list(row) for row in rows[:most]]]
    if len(rows) > most:
        shown.append([f"{LEFT_OUT} {len(rows) - most} more in the JSON", *[""] * (len(head) - 1)])
    cells = [[_text(cell, _SMALL, MOST_LETTERS_A_CELL) for cell in row] for row in shown]
    return Table(cells, colWidths=[share * _WIDTH for share in widths], style=_GRID, repeatRows=1, hAlign="LEFT")


def _left_out(count: int) -> Iterable[Flowable]:
    if count > 0:
        yield _text(f"{LEFT_OUT} {count} more in the JSON", _SMALL)


def _text(said: str, style: ParagraphStyle, most: int = MOST_LETTERS) -> Paragraph:
    cut = said if len(said) <= most else f"{said[: most - 1]}…"
    return Paragraph(escape(readable(cut)), style)


def _money(given: Json) -> str:
    return money(given["amount"], given["currency"])


def _hours(hours: float | None) -> str:
    return "—" if hours is None else f"{hours:g} h"


def _foot(pack: Json) -> Any:
    def draw(canvas: Canvas, _: SimpleDocTemplate) -> None:
        canvas.setFont(FONT, 7.5)
        canvas.drawString(18 * mm, 9 * mm, f"Makegood · {pack['recovery_id']} · {clock(pack['made_at'])}")
        canvas.drawRightString(A4[0] - 18 * mm, 9 * mm, str(canvas.getPageNumber()))

    return draw
