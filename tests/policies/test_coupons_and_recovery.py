"""What the November policy says of coupons and carriers' deadlines, and what an older one leaves out."""

import pytest

from service.domain.policy import PaidAs
from service.policies.library import PUBLISHED, PolicyFault, open_library, read_policy
from tests.coupon_policy import COUPON_TEXT

TEXT = (PUBLISHED / "2026-11-01-guarantees.yaml").read_text(encoding="utf-8")


def test_an_older_policy_knows_no_coupons_and_no_deadline() -> None:
    oldest, *_ = open_library().policies

    assert (oldest.coupons.valid_days, oldest.recovery.days_of("SF")) == (0, None)
    assert oldest.shipping_deadline.paid_as is PaidAs.CASH


def test_each_carrier_has_its_own_deadline_whatever_capitals_it_is_written_in() -> None:
    recovery = read_policy(TEXT, "november").recovery

    assert [recovery.days_of(name) for name in ("SF", "sf", "YTO")] == [90, 90, 30]


def test_a_compensation_can_be_paid_in_coupons() -> None:
    assert read_policy(COUPON_TEXT, "coupons").shipping_deadline.paid_as is PaidAs.COUPON


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("coupons: # 补贴券\n  valid_days: 30\n", "", "coupons.valid_days: missing while shipping_deadline is paid_as"),
        ("valid_days: 30", "valid_days: 0", "coupons.valid_days: must be at least 1: raise it"),
        ("paid_as: coupon", "paid_as: vouchers", "shipping_deadline.paid_as: must be one of: cash, coupon"),
        ("SF: {filing_days: 90}", "SF: 90", "recovery.carriers.SF: must be a mapping: give it keys"),
        ("  remind_days: 3 # before that, somebody is reminded\n", "", "recovery.remind_days: missing: add it"),
    ],
)
def test_a_fault_is_named_with_its_remedy(before: str, after: str, said: str) -> None:
    assert before in COUPON_TEXT

    with pytest.raises(PolicyFault, match=said):
        read_policy(COUPON_TEXT.replace(before, after, 1), "2026-09-01.yaml")
