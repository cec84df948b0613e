"""The words of a claim pack, Chinese first and English second."""

from datetime import datetime

from service.domain.wording import moment

_WORDS = {
    "cause": {
        "rotten": "腐烂",
        "damaged": "破损",
        "short": "短少",
        "missing": "缺件",
        "wrong_item": "发错货",
        "not_as_described": "与描述不符",
        "not_shipped": "未发货",
        "late": "延误",
        "lost": "丢失",
        "cheaper_elsewhere": "买贵",
    },
    "party": {"farmer": "农户", "carrier": "承运商", "platform": "平台", "buyer": "买家"},
    "step": {
        "label_created": "已制单",
        "picked_up": "已揽收",
        "departed": "已发出",
        "arrived": "已到达",
        "out_for_delivery": "派送中",
        "delivered": "已签收",
        "station_drop": "已到驿站",
        "attempt_failed": "派送失败",
        "returning": "退回中",
        "returned": "已退回",
        "exception": "异常",
    },
    "exception": {
        "damaged": "破损",
        "delayed": "延误",
        "lost": "丢失",
        "refused": "拒收",
        "unreachable": "联系不上",
        "address": "地址有误",
        "overdue_pickup": "逾期未取",
        "customs": "清关",
        "weather": "天气",
        "temperature": "温度",
    },
    "kind": {
        "goods": "商品",
        "package": "包装",
        "waybill": "面单",
        "packing": "打包",
        "price": "价格",
        "other": "其他",
    },
}

LEFT_OUT = "其余见 JSON："


def told(of: str, word: str) -> str:
    """Return one of the published words in both languages; a word that is new here stands alone."""
    chinese = _WORDS[of].get(word, "")
    return f"{chinese} {word.replace('_', ' ')}".strip()


def clock(at: str | None) -> str:
    """Return a time of the wire as people in China read it, nothing for none."""
    return moment(datetime.fromisoformat(at)) if at else ""
