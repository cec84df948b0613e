"""What the demo shows: the claims, one whole receipt, a payout, and the two sets of books side by side."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from service.devstack.season import Json, Scene

PARTY_ZH = {"farmer": "农户", "carrier": "快递", "platform": "平台", "buyer": "买家"}


def yuan(money: Json | None) -> str:
    """Money in yuan and fen, for people."""
    return "-" if money is None else f"¥{money['amount'] // 100}.{money['amount'] % 100:02}"


def show_claims(console: Console, told: Sequence[tuple[Scene, Json]]) -> None:
    """A row a claim: what was decided, what the buyer got, who bears it and why."""
    table = Table(title="What was decided, who was paid, who was charged", show_lines=True)
    for heading in ("order", "guarantee", "decided", "buyer got", "borne by", "because"):
        table.add_column(heading, overflow="fold")
    for scene, claim in told:
        shares, decided = claim["liability"], claim["decided"]
        table.add_row(
            f"{claim['order_id']} {scene.title}\n{escape(scene.name)}",
            str(claim["guarantee_zh"]),
            f"{claim['status']}\nopened by {claim['opened_by']}\ndecided by {_judge(decided)}",
            _got(claim),
            "\n".join(_share(share) for share in shares) or "-",
            escape("\n".join(s["because"] for s in shares) or decided["because"]),
        )
    console.print(table)


def show_receipt(console: Console, receipt: Json, name: str) -> None:
    """A whole decision receipt: every finding, the arithmetic, the shares."""
    table = Table(title=f"Decision receipt of “{name}”", show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for one in receipt["receipts"]:
        table.add_section()
        table.add_row(one["kind"], f"{one['decision_id']} at {one['decided_at']}, policy {one['policy']['version']}")
        for finding in one.get("findings") or ():
            table.add_row(f"{finding['verdict']} {finding['rule']}", escape(finding["because"]))
        for line in one.get("arithmetic") or ():
            table.add_row("arithmetic", escape(line))
        for share in one["liability"]:
            table.add_row(
                f"{share['party']} {share['share_bp']} bp",
                f"{yuan(share['amount'])} {escape(share['because'])}",
            )
        for unknown in one.get("unknown") or ():
            table.add_row("unknown", escape(unknown))
    console.print(table)


def show_payout(console: Console, payouts: Sequence[Json]) -> None:
    """Payouts line by line; the lines sum to what was paid."""
    for payout in payouts:
        table = Table(title=f"Payout {payout['id']} to {payout['farmer_id']}: {yuan(payout['amount'])}")
        for heading in ("type", "order", "gross", "charge", "net"):
            table.add_column(heading)
        for line in payout["lines"]:
            cells = (yuan(line[key]) for key in ("gross", "charge", "net"))
            table.add_row(line["type"], line["order_id"], *cells)
        console.print(table)


def show_owed(console: Console, ageing: Sequence[Json]) -> None:
    """What the carriers owe, and until when each takes a claim."""
    table = Table(title="What the carriers owe")
    for heading in ("carrier", "outstanding", "claims open", "overdue to file", "file the first by"):
        table.add_column(heading)
    for row in ageing:
        figures = (yuan(row["outstanding"]), str(row["open"]), str(row["overdue"]))
        table.add_row(row["carrier"], *figures, str(row["next_filing_due_at"] or "-")[:10])
    console.print(table)


def show_books(console: Console, claims: Sequence[Json], moved: int) -> bool:
    """Compare what the claims say was paid with what the bank moved; True if they agree to the unit."""
    paid = sum(c["approved_amount"]["amount"] for c in claims if c["refund_status"] == "succeeded")
    borne = sum(share["amount"]["amount"] for c in claims for share in c["liability"])
    coupons = sum(coupon["amount"]["amount"] for c in claims for coupon in c["coupons"])
    agree = bool(paid == borne == moved + coupons)
    verdict = "the books agree" if agree else "THE BOOKS DIFFER"
    console.print(
        f"granted to buyers {_fen(paid)}, borne by the parties {_fen(borne)}, "
        f"moved by the bank {_fen(moved)} and given as coupons {_fen(coupons)}: {verdict}",
        soft_wrap=True,
    )
    return agree


def _judge(decided: Json) -> str:
    return "policy" if decided["decided_by"] == "policy" else "a person"


def _share(share: Json) -> str:
    """A party and what it bears; a buyer keeps what was paid, so the platform carries a buyer's share."""
    carried = ", 平台 carries it" if share["party"] == "buyer" else ""
    return f"{PARTY_ZH[share['party']]} {share['share_bp'] / 100:g}% {yuan(share['amount'])}{carried}"


def _fen(amount: int) -> str:
    return yuan({"amount": amount})


def _got(claim: Json) -> str:
    if claim["refund_status"] != "succeeded":
        return "-"
    return yuan(claim["approved_amount"]) + ("\nas a coupon" if claim["coupons"] else "")
