"""What holds for every provider of the registry: its samples are read as noted, and nothing else can hurt."""

import json
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.carriers.base import Account, Provider, Push, PushRefused, PushUnreadable, Verdict
from service.carriers.registry import PROVIDERS
from service.domain.parcel import Parcel, Waybill, parcel_of
from tests.builders import ago
from tests.carriers.bending import backwards, bent, closed, grown, opened
from tests.carriers.samples_on_disk import Sample, identities, read, samples, what_is_missing

ALL = list(samples(PROVIDERS))
SHORT = [sample for sample in ALL if len(sample.push.body) < 3_000]
SIGNED = [sample for sample in ALL if sample.signed]
FIVE_MEGABYTES = 5_000_000
QUIETLY = settings(derandomize=True, deadline=None, database=None)

every_sample = pytest.mark.parametrize("sample", ALL, ids=str)
every_short_sample = pytest.mark.parametrize("sample", SHORT, ids=str)
every_signed_sample = pytest.mark.parametrize("sample", SIGNED, ids=str)
every_provider = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS.keys())


def read_or_refuse(provider: Provider, body: bytes) -> None:
    """Read a body that may be anything: nothing but PushUnreadable may come of it, with a reason."""
    because = "read"
    try:
        read(provider, body)
    except PushUnreadable as unreadable:
        because = unreadable.because
    assert 0 < len(because.encode()) < 2_000


def test_every_provider_has_samples() -> None:
    assert what_is_missing(PROVIDERS) == []


@every_provider
def test_a_provider_has_the_name_of_its_path(provider: Provider) -> None:
    assert PROVIDERS[provider.name] is provider


@every_sample
def test_a_sample_is_read_as_noted(sample: Sample) -> None:
    assert read(sample.provider, sample.push.body) == sample.events


@every_provider
def test_every_code_of_the_table_stands_in_a_sample(provider: Provider) -> None:
    told = {event["raw_code"] for sample in ALL if sample.provider is provider for event in sample.events}

    assert sorted(provider.codes.keys() - told) == []


@every_provider
def test_every_code_is_read_as_the_table_says(provider: Provider) -> None:
    events = [event for sample in ALL if sample.provider is provider for event in sample.events]
    table = provider.codes

    read_as = {(e["raw_code"], e.get("step"), e.get("cause")) for e in events if e["raw_code"] in table}

    assert read_as == {(code, *table[code]) for code, _, _ in read_as}


@every_provider
def test_an_unknown_code_is_kept_as_it_came_and_decides_nothing(provider: Provider) -> None:
    if not any(meaning.step for meaning in provider.codes.values()):
        return
    events = [event for sample in ALL if sample.provider is provider for event in sample.events]

    unknown = [event for event in events if event["raw_code"] not in provider.codes]

    assert unknown, f"add a sample with a code that {provider.name} does not have in its table"
    assert not any("step" in event or "cause" in event for event in unknown)


@every_sample
def test_a_sample_is_let_in(sample: Sample) -> None:
    sample.provider.admit(sample.push, sample.account)


@every_signed_sample
def test_a_push_signed_with_another_secret_is_refused(sample: Sample) -> None:
    others = replace(sample.account, secrets=("a secret of somebody else",))

    with pytest.raises(PushRefused) as refused:
        sample.provider.admit(sample.push, others)

    assert not any(secret in refused.value.because for secret in others.secrets)


@every_signed_sample
@pytest.mark.parametrize("place", [0, 1], ids=["newest", "oldest"])
def test_two_secrets_are_live_while_one_replaces_the_other(sample: Sample, place: int) -> None:
    secrets = ["another live secret"]
    secrets[place:place] = sample.account.secrets

    sample.provider.admit(sample.push, replace(sample.account, secrets=tuple(secrets)))


@every_signed_sample
@pytest.mark.parametrize("secrets", [(), ("",), ("", " ")], ids=["none", "empty", "blank"])
def test_an_account_without_a_secret_lets_nobody_in(sample: Sample, secrets: tuple[str, ...]) -> None:
    with pytest.raises(PushRefused):
        sample.provider.admit(sample.push, replace(sample.account, secrets=secrets))


@pytest.mark.parametrize("sample", [s for s in SIGNED if s.push.headers], ids=str)
def test_a_push_without_its_signature_is_refused(sample: Sample) -> None:
    for headers in ({}, dict.fromkeys(sample.push.headers, ""), dict.fromkeys(sample.push.headers, "é\udc80")):
        with pytest.raises(PushRefused):
            sample.provider.admit(Push(sample.push.body, headers), sample.account)


@pytest.mark.parametrize("sample", [s for s in SIGNED if s.push.headers], ids=str)
def test_a_push_changed_by_one_byte_is_refused(sample: Sample) -> None:
    body = sample.push.body
    for changed in (body + b"\n", body[:-1], b" " + body, body.replace(b"1", b"2", 1)):
        with pytest.raises(PushRefused):
            sample.provider.admit(Push(changed, sample.push.headers), sample.account)


@every_short_sample
def test_a_body_that_was_cut_off_is_unreadable_at_worst(sample: Sample) -> None:
    for length in range(len(sample.push.body)):
        read_or_refuse(sample.provider, sample.push.body[:length])


@every_short_sample
def test_a_wrong_type_in_any_place_is_unreadable_at_worst(sample: Sample) -> None:
    tree = opened(sample.push.body)
    for odd in bent(tree) if tree else ():
        read_or_refuse(sample.provider, closed(odd, sample.push.body))


@every_provider
@QUIETLY
@given(body=st.binary(max_size=500))
def test_random_bytes_are_unreadable_at_worst(provider: Provider, body: bytes) -> None:
    read_or_refuse(provider, body)


@every_short_sample
@QUIETLY
@given(data=st.data())
def test_a_sample_with_bytes_changed_is_unreadable_at_worst(sample: Sample, data: st.DataObject) -> None:
    body = bytearray(sample.push.body)
    for _ in range(data.draw(st.integers(1, 5))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))

    read_or_refuse(sample.provider, bytes(body))


@every_provider
@pytest.mark.parametrize("filling", [b"[", b'{"a":', b"1", b'"', b"\xe9", b" ", b"\n", b"#\n", b"a,", b"a=", b"a=%7B&"])
def test_five_megabytes_of_anything_are_unreadable_at_worst(provider: Provider, filling: bytes) -> None:
    body = filling * (FIVE_MEGABYTES // len(filling))
    started = time.monotonic()

    read_or_refuse(provider, body)

    assert time.monotonic() - started < 10


@every_provider
def test_ten_thousand_events_in_one_push_are_all_read(provider: Provider) -> None:
    sample = max((s for s in ALL if s.provider is provider), key=lambda s: len(s.events))
    times = 10_000 // len(sample.events) + 1
    body = lengthened(sample.push.body, times)
    started = time.monotonic()

    events = read(provider, body)

    assert len(events) >= 10_000
    assert identities(events) == identities(sample.events)
    assert time.monotonic() - started < 10


@every_sample
def test_the_same_snapshot_in_another_order_and_repeated_gives_the_same_events(sample: Sample) -> None:
    tree = opened(sample.push.body)
    turned = closed(backwards(tree), sample.push.body) if tree else lengthened(sample.push.body, 2)

    events = read(sample.provider, turned) + read(sample.provider, sample.push.body)

    assert identities(events) == identities(sample.events)


@every_provider
@QUIETLY
@given(data=st.data())
def test_pushes_in_any_order_and_repeated_give_the_same_parcels(provider: Provider, data: st.DataObject) -> None:
    once = [sample.push.body for sample in SHORT if sample.provider is provider]
    shuffled = data.draw(st.permutations(once)) + data.draw(st.lists(st.sampled_from(once), max_size=5))

    assert parcels(provider, shuffled) == parcels(provider, once)


@every_provider
def test_a_push_that_is_on_disk_is_answered_with_a_success(provider: Provider) -> None:
    account = Account("acc_sample", provider.name, ("a secret",), customer="us")

    taken, later = (provider.answer(verdict, "说明", account, ago(0)) for verdict in (Verdict.TAKEN, Verdict.LATER))

    assert 200 <= taken.status < 300
    assert (later.status, later.body) != (taken.status, taken.body)
    assert not any(b"a secret" in answer.body for answer in (taken, later))
    for answer in (taken, later):
        if "json" in answer.media_type and answer.body:
            json.loads(answer.body)


def parcels(provider: Provider, bodies: list[bytes]) -> dict[Waybill, Parcel]:
    """Return what becomes known of each parcel."""
    scans = [heard.scan for body in bodies for heard in provider.read(body)]
    waybills = {Waybill(scan.carrier, scan.number) for scan in scans}
    return {waybill: parcel_of([waybill], scans) for waybill in waybills}


def lengthened(body: bytes, times: int) -> bytes:
    """Return a body with its events turned around and repeated."""
    tree = opened(body)
    if tree:
        return closed(grown(tree, times), body)
    lines = body.decode("utf-8-sig").strip().splitlines()
    rows_at = 1 + next(at for at, line in enumerate(lines) if not line.startswith("#"))
    return "\n".join(lines[:rows_at] + lines[: rows_at - 1 : -1] * times).encode()
