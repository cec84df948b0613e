"""Providers are asked where their pushes fell silent, or where money waits for their word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from service.carriers.base import Account, Answering, Call, Provider, PushUnreadable, QueryRefused, Question
from service.carriers.exchange import ProviderAway, put
from service.domain.asking import Asking, Pace, jitter_of, may_be_asked, next_question_at, put_to, wanted_in_vain
from service.flows.read_payload import event_from
from service.flows.take_push import account_from
from service.queues import Kind
from service.store import carrier_accounts, payloads, questions, tracking, work
from service.store.database import Connection, Database
from service.store.payloads import REPLY, Payload, Read
from service.store.work import WorkItem
from service.vault import Vault, VaultLocked

log = structlog.get_logger()

SPREAD = timedelta(hours=1)
BUDGET_SPREAD = timedelta(minutes=1)
AWAY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Asker:
    """What asking needs beside the database: who answers, their secrets, and a time limit.

    `silence` may last so long, and money waits so long for an answer as `confirm` says.
    """

    providers: Mapping[str, Provider]
    vault: Vault
    silence: timedelta
    timeout_seconds: float
    confirm: timedelta


@dataclass(frozen=True, slots=True)
class Planned:
    """A question that may be put now, by which account."""

    provider: Provider
    account: Account
    call: Call


def ask_carriers(db: Database, asker: Asker, items: Sequence[WorkItem]) -> None:
    """Ask about each due parcel within the budgets; no transaction is open while a provider thinks."""
    for item in items:
        try:
            with db.transaction() as conn:
                planned = _plan(conn, asker, item)
        except VaultLocked as locked:
            _wait_for_the_key(db, item, locked)
            continue
        if planned:
            _ask(db, asker, item, planned)


def _wait_for_the_key(db: Database, item: WorkItem, locked: VaultLocked) -> None:
    """A missing key is no fault of the question: it costs no attempt, and nothing of the account's budget."""
    log.error("secrets_locked", parcel_id=item.subject_id, because=str(locked))
    with db.autocommit() as conn:
        work.put_back(conn, [item], pause=AWAY)


def _plan(conn: Connection, asker: Asker, item: WorkItem) -> Planned | None:
    """Decide whether to ask now; a question that has time is put back until then."""
    if not _held(conn, item):
        return None
    work.drop_later_twins(conn, [item])
    state = questions.state(conn, item.subject_id)
    accounts = _accounts(conn, asker, state) if state else []
    if state is None or not accounts:
        work.finish(conn, [item])
        return None
    provider = asker.providers[accounts[0]["provider"]]
    assert isinstance(provider, Answering)
    asking, pace = put_to(provider.name, _asking(state)), _pace(asker, provider, item.subject_id)
    if wanted_in_vain(asking, pace):
        questions.give_up(conn, item.subject_id)
    due_at = next_question_at(asking, pace)
    if due_at is None:
        work.finish(conn, [item])
        return None
    if due_at > state["now"]:
        work.put_back(conn, [item], due_at=due_at)
        return None
    row, wait = _spend(conn, accounts)
    if row is None:
        work.put_back(conn, [item], pause=wait + jitter_of(item.subject_id, BUDGET_SPREAD))
        return None
    questions.note_asked(conn, item.subject_id, provider.name)
    account = account_from(row, asker.vault)
    asked = Question(*_parcel(item), phone_tail=state["phone_tail"] or "")
    call = provider.question(asked, account, row["query_url"] or provider.base_url)
    return Planned(provider, account, call)


def _held(conn: Connection, item: WorkItem) -> bool:
    """Lock a question, then its step, and say whether it is still ours; who wants an answer locks in this order too."""
    questions.lock(conn, item.subject_id)
    return bool(work.hold(conn, [item]))


def _ask(db: Database, asker: Asker, item: WorkItem, planned: Planned) -> None:
    try:
        body = put(planned.call, asker.timeout_seconds)
        heard = planned.provider.read_reply(body)  # type: ignore[attr-defined]
    except (ProviderAway, PushUnreadable) as away:
        _note_silence(db, item, planned, away.because)
    except QueryRefused as refused:
        if refused.again:
            _note_silence(db, item, planned, refused.because)
        else:
            _note_no(db, asker, item, planned, refused.because)
    else:
        with db.transaction() as conn:
            if _held(conn, item):
                _note_reply(conn, item, planned, body, heard)


def _note_reply(conn: Connection, item: WorkItem, planned: Planned, body: bytes, heard: Sequence[Any]) -> None:
    """A reply is kept and recorded like a push, and is strongly sourced: we asked."""
    state = questions.state(conn, item.subject_id)
    assert state is not None
    payload_id, _ = payloads.keep(
        conn,
        provider=planned.provider.name,
        account_id=planned.account.account_id,
        source=REPLY,
        headers={},
        body=body,
    )
    payload = Payload(payload_id, planned.provider.name, REPLY, state["now"], body)
    try:
        events = [event_from(one, planned.provider, payload) for one in heard]
    except PushUnreadable as unreadable:
        payloads.note_read(conn, [Read(payload_id, 0, unreadable.because)])
        questions.note_silence(conn, item.subject_id, unreadable.because)
        work.put_back(conn, [item], pause=AWAY)
        return
    new = tracking.record(conn, events)
    payloads.note_read(conn, [Read(payload_id, len(events))])
    questions.note_answer(conn, item.subject_id, new=new)
    _go_on(conn, item, state)


def _note_no(db: Database, asker: Asker, item: WorkItem, planned: Planned, because: str) -> None:
    """A no for good is the answer only where nobody else can be asked."""
    log.warning("question_refused", provider=planned.provider.name, parcel_id=item.subject_id, because=because)
    with db.transaction() as conn:
        if not _held(conn, item):
            return
        questions.note_refusal(conn, item.subject_id, because)
        state = questions.state(conn, item.subject_id)
        if state and _accounts(conn, asker, state):
            work.put_back(conn, [item])
            return
        questions.note_answer(conn, item.subject_id, new=0, because=because)
        _go_on(conn, item, state or {})


def _note_silence(db: Database, item: WorkItem, planned: Planned, because: str) -> None:
    """A provider that is away costs no attempt; it is asked again ever later, and a person sees why in the log."""
    log.warning("provider_away", provider=planned.provider.name, parcel_id=item.subject_id, because=because)
    with db.transaction() as conn:
        if _held(conn, item):
            questions.note_silence(conn, item.subject_id, because)
            work.put_back(conn, [item], pause=AWAY + jitter_of(item.subject_id, AWAY))


def _go_on(conn: Connection, item: WorkItem, state: Mapping[str, Any]) -> None:
    """Look again at once, which puts the next question where it belongs; money that waited is decided again."""
    if state.get("wanted_at"):
        work.add(conn, Kind.FOLLOW_PARCEL, [item.subject_id])
    work.put_back(conn, [item])


def _accounts(conn: Connection, asker: Asker, state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the accounts at the first who may be asked: who tells of this parcel already before anybody else."""
    answering = [name for name, provider in asker.providers.items() if isinstance(provider, Answering)]
    ordered = sorted(answering, key=lambda name: name not in state["providers"])
    accounts = carrier_accounts.asking(conn, may_be_asked(ordered, _asking(state)))
    return [row for row in accounts if row["provider"] == accounts[0]["provider"]]


def _spend(conn: Connection, accounts: Sequence[dict[str, Any]]) -> tuple[dict[str, Any] | None, timedelta]:
    """Take one question from the first account that has one left; without any, tell how long until there is one."""
    waits = []
    for row in accounts:
        wait = carrier_accounts.spend(conn, row["account_id"])
        if wait is None:
            return row, timedelta()
        waits.append(wait)
    return None, min(waits)


def _asking(state: Mapping[str, Any]) -> Asking:
    return Asking(
        as_of=state["now"],
        heard_at=state["heard_at"],
        wanted_at=state["wanted_at"],
        ended=state["ended"],
        asked=state["provider"],
        asked_at=state["asked_at"],
        fruitless=state["fruitless"],
        refused_at=state["refused_at"],
    )


def _pace(asker: Asker, provider: Answering, parcel: str) -> Pace:
    spread = min(SPREAD, asker.silence / 4)
    return Pace(asker.silence, timedelta(minutes=provider.least_minutes), jitter_of(parcel, spread), asker.confirm)


def _parcel(item: WorkItem) -> tuple[str, str]:
    carrier, _, number = item.subject_id.partition(" ")
    return carrier, number
