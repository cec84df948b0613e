"""What each provider calls a carrier: one table, so that a shipment heard from two providers is one shipment."""

from collections.abc import Iterator
from typing import NamedTuple


class Names(NamedTuple):
    """A carrier's Chinese name and what providers call it, the name for questions first."""

    name_zh: str
    kuaidi100: tuple[str, ...]
    kdniao: tuple[str, ...]
    track17: tuple[str, ...] = ()
    aftership: tuple[str, ...] = ()


CARRIERS: dict[str, Names] = {
    "SF": Names("顺丰速运", ("shunfeng",), ("SF",), ("100012",), ("sf-express",)),
    "SFKY": Names("顺丰快运", ("shunfengkuaiyun",), ("SFKY",)),
    "ZTO": Names("中通快递", ("zhongtong",), ("ZTO",), ("190455",), ("zto-express",)),
    "YTO": Names("圆通速递", ("yuantong",), ("YTO",), ("190157",), ("yto", "yto-express")),
    "STO": Names("申通快递", ("shentong",), ("STO",), ("190324",), ("sto", "sto-express")),
    "YD": Names("韵达速递", ("yunda",), ("YD",), (), ("yunda", "yundaex")),
    "JTSD": Names("极兔速递", ("jtexpress",), ("JTSD",), (), ("jtexpress-cn",)),
    "JD": Names("京东快递", ("jd",), ("JD",), (), ("jd-express", "jd-logistics")),
    "EMS": Names("EMS", ("ems",), ("EMS",), ("3013",), ("china-ems",)),
    "YZPY": Names("邮政快递包裹", ("youzhengguonei",), ("YZPY",), ("3011",), ("china-post",)),
    "YZBK": Names("邮政标准快递", ("youzhengbk",), ("YZBK",)),
    "DBL": Names("德邦快递", ("debangkuaidi", "debangwuliu"), ("DBL",), (), ("deppon",)),
    "HTKY": Names("百世快递", ("huitongkuaidi",), ("HTKY",), (), ("best-express",)),
    "HHTT": Names("天天快递", ("tiantian",), ("HHTT",)),
    "UC": Names("优速快递", ("youshuwuliu",), ("UC",)),
    "ZJS": Names("宅急送", ("zhaijisong",), ("ZJS",)),
    "FWX": Names("丰网速运", ("fengwang",), ("FWX",)),
    "DNWL": Names("丹鸟", ("danniao",), ("DNWL",)),
    "ANE": Names("安能物流", ("annengwuliu",), ("ANE",)),
    "KYSY": Names("跨越速运", ("kuayue",), ("KYSY",)),
    "SNWL": Names("苏宁物流", ("suning",), ("SNWL",)),
    "ZYE": Names("众邮快递", ("zhongyouex",), ("ZYE",)),
    "SURE": Names("速尔快递", ("suer",), ("SURE",)),
    "RRS": Names("日日顺物流", ("rrs",), ("RRS",)),
}
"""By our code, which is KDNiao's."""


def every_name(code: str, names: tuple[str | tuple[str, ...], ...]) -> Iterator[str]:
    """Yield all that a carrier is called, in whatever column it stands."""
    yield code
    for column in names:
        yield from (column,) if isinstance(column, str) else column


_CODES = {name.casefold(): code for code, names in CARRIERS.items() for name in every_name(code, names)}


def canonical(name: str) -> str:
    """Return our code of a carrier, whoever names it and in whatever case; a name that is in no row stays as it is."""
    return _CODES.get(name.casefold(), name)


def called_by(provider: str, carrier: str) -> str:
    """Return what a provider calls the carrier in questions; without a name of its own, what we call it."""
    names: tuple[str, ...] = getattr(CARRIERS.get(carrier), provider, ())
    return names[0] if names else carrier
