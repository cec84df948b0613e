"""What a carrier owes for a claim, from its charge to the money, its refusal, or the loss."""

from dataclasses import dataclass, replace

from schemas.vocabulary import RecoveryStatus
from service.domain.postings import CARRIER_LOSS, CASH, Journal, carrier_receivable

FILE = frozenset({RecoveryStatus.DUE, RecoveryStatus.REFUSED})
RECOVER = frozenset({RecoveryStatus.DUE, RecoveryStatus.FILED, RecoveryStatus.PARTLY_RECOVERED, RecoveryStatus.REFUSED})
REFUSE = frozenset({RecoveryStatus.FILED, RecoveryStatus.PARTLY_RECOVERED})
WRITE_OFF = RECOVER
"""From which states each step is open; a carrier may pay without being asked, and a small debt need not be filed."""

ENDED = frozenset({RecoveryStatus.RECOVERED, RecoveryStatus.WRITTEN_OFF, RecoveryStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class Standing:
    """A recovery's figures in minor units: recovered and written off never exceed the amount charged.

    `overpaid` came in on a charge that was lowered afterwards, and is owed back to the carrier.
    """

    status: RecoveryStatus
    amount: int
    recovered: int = 0
    written_off: int = 0
    overpaid: int = 0

    @property
    def outstanding(self) -> int:
        """What the carrier still owes."""
        return self.amount - self.recovered - self.written_off


def received(standing: Standing, amount: int) -> Standing:
    """Add what the carrier paid; raises ValueError for nothing, or more than it owes.

    A part that comes before anything was filed leaves the rest to be filed: the carrier's deadline still runs.
    """
    if not 0 < amount <= standing.outstanding:
        raise ValueError(f"{amount} recovered of {standing.outstanding} outstanding: take an amount between")
    unfiled = standing.status is RecoveryStatus.DUE
    status = RecoveryStatus.DUE if unfiled else RecoveryStatus.PARTLY_RECOVERED
    return _told(replace(standing, recovered=standing.recovered + amount, status=status))


def given_up(standing: Standing) -> Standing:
    """Write off all that is outstanding."""
    return _told(replace(standing, written_off=standing.written_off + standing.outstanding))


def recharged(standing: Standing, amount: int) -> Standing:
    """Follow the charge to a new amount (0: it was taken back): money that came in counts first, then the loss."""
    paid = standing.recovered + standing.overpaid
    recovered = min(paid, amount)
    lost = min(standing.written_off, amount - recovered)
    return _told(Standing(standing.status, amount, recovered, lost, paid - recovered))


@dataclass(frozen=True, slots=True)
class Debt:
    """Which recovery, at which version, of which carrier a journal is about; a version moves money once."""

    recovery_id: str
    version: int
    carrier: str
    currency: str
    order_id: str
    claim_id: str

    def recovered(self, amount: int) -> Journal:
        """The carrier has paid."""
        return self._journal("recovered", "recovery", CASH, amount)

    def written_off(self, amount: int) -> Journal:
        """The platform bears what the carrier did not pay; below zero a loss is taken back: its charge was lowered."""
        return self._journal("written_off", "recovery_written_off", CARRIER_LOSS, amount)

    def _journal(self, source: str, kind: str, account: str, amount: int) -> Journal:
        entries = ((account, -amount), (carrier_receivable(self.carrier), amount))
        source = f"{source}:{self.recovery_id}:{self.version}"
        return Journal(source, kind, self.currency, entries, self.order_id, self.claim_id)


def _told(standing: Standing) -> Standing:
    """Say by its figures where a recovery stands; one that is still owed keeps its state if that says so."""
    if standing.amount == 0:
        return replace(standing, status=RecoveryStatus.CANCELLED)
    if standing.outstanding == 0:
        ended = RecoveryStatus.WRITTEN_OFF if standing.written_off else RecoveryStatus.RECOVERED
        return replace(standing, status=ended)
    if standing.status not in ENDED:
        return standing
    owed = RecoveryStatus.PARTLY_RECOVERED if standing.recovered else RecoveryStatus.DUE
    return replace(standing, status=owed)
