"""A farmer's statement as a sheet: CSV with the mark that Excel needs, and XLSX; amounts as people write them."""

import csv
import io
from datetime import datetime
from decimal import Decimal
from typing import Any

from xlsxwriter import Workbook

from service.domain.wording import CHINA, WITHOUT_MINOR_UNIT
from service.web.statement_lines import AMOUNTS

COLUMNS = {
    "line_id": "行号",
    "occurred_at": "时间",
    "type": "类型",
    "order_no": "订单号",
    "claim_no": "售后单号",
    "gross": "货款",
    "charge": "扣款",
    "net": "净额",
    "running_balance": "余额",
    "currency": "币种",
    "reason": "原因",
    "policy_version": "规则版本",
    "receipt": "凭证",
}
BYTE_ORDER_MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDE = frozenset({"occurred_at", "order_no", "claim_no", "reason", "receipt"})


def statement_csv(rows: list[dict[str, Any]], public_url: str) -> bytes:
    """Return lines as CSV in UTF-8, amounts in whole units with their decimals (19.90)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_safe(cell) for cell in _cells(row, public_url).values()])
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


def statement_xlsx(rows: list[dict[str, Any]], public_url: str) -> bytes:
    """Return lines as an Excel workbook with Chinese and English headings; no cell is ever a formula or a link."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("对账单 statement")
        heading, amount = book.add_format({"bold": True}), book.add_format({"num_format": "0.00"})
        for column, (name, name_zh) in enumerate(COLUMNS.items()):
            sheet.set_column(column, column, 26 if name in _WIDE else 12)
            sheet.write_string(0, column, f"{name_zh} {name}", heading)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(_cells(row, public_url).values()):
                if isinstance(cell, Decimal):
                    sheet.write_number(number, column, cell, amount)
                else:
                    sheet.write_string(number, column, str(cell))
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def _cells(row: dict[str, Any], public_url: str) -> dict[str, str | Decimal]:
    occurred_at: datetime = row["occurred_at"]
    claim_id = row["claim_id"]
    return {
        "line_id": str(row["line_id"]),
        "occurred_at": f"{occurred_at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
        "type": row["type"],
        "order_no": row["order_id"] or "",
        "claim_no": row["claim_number"] or "",
        **{name: _units(row[name], row["currency"]) for name in AMOUNTS},
        "currency": row["currency"],
        "reason": row["reason"] or "",
        "policy_version": row["policy_version"] or "",
        "receipt": f"{public_url}/v1/claims/{claim_id}/receipt" if claim_id else "",
    }


def _units(minor: int, currency: str) -> Decimal:
    """Return minor units as an exact decimal of whole units."""
    return Decimal(minor) if currency in WITHOUT_MINOR_UNIT else Decimal(minor).scaleb(-2)


def _safe(cell: str | Decimal) -> str:
    """A text from outside must not start a formula in a spreadsheet; an amount may start with its sign."""
    text = str(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(_FORMULA) else text
