"""The rules of what is found on a parcel's way: fake shipment, and trouble for which a carrier or the hub answers."""

from service.domain.clocks import way_clocks
from service.domain.facts import Facts
from service.domain.fake_shipment import counts_as_not_shipped, fakes, route
from service.domain.findings import Finding, Verdict
from service.domain.policy import Policy
from service.domain.trouble import days_late, troubles
from service.domain.wording import money


def fake_found(facts: Facts, policy: Policy) -> Finding:
    """A label without a parcel counts as not shipped while nothing shows that the parcel travels."""
    found = [fake for fake in fakes(facts.journey, policy) if fake.stood_at(facts.claim.opened_at)]
    if found:
        return Finding("fake_found", Verdict.PASS, "; ".join(fake.because for fake in found))
    _, said = route(facts.journey)
    return Finding("fake_found", Verdict.REFUSE, f"the parcel is scanned and on its way; {said}")


def trouble_found(facts: Facts, policy: Policy) -> Finding:
    """Trouble is told by scans, times and temperatures; nobody's word is needed.

    What was granted stays granted where the parcel turns out later never to have left.
    """
    journey = facts.journey
    if not facts.claim.granted and counts_as_not_shipped(journey, policy):
        return Finding("trouble_found", Verdict.REFUSE, "the parcel counts as not shipped: nothing is on its way")
    if found := troubles(journey, policy, facts.claim.opened_at):
        return Finding("trouble_found", Verdict.PASS, "; ".join(dict.fromkeys(one.fault.because for one in found)))
    late = f"{days_late(journey, policy)} days beyond the lane's promise, no silence that lasts, nothing lost or warm"
    extended = "".join(dict.fromkeys(running.said for running in way_clocks(journey, policy)))
    return Finding("trouble_found", Verdict.REFUSE, f"{late}{extended}")


def not_yet_subsidised(facts: Facts, policy: Policy) -> Finding:
    """Trouble on one parcel's way is compensated once, by the greatest figure."""
    if facts.order.subsidised_by:
        amount = money(facts.order.subsidised, facts.order.currency)
        said = f"{amount} already granted by claim {facts.order.subsidised_by}"
        return Finding("not_yet_subsidised", Verdict.REFUSE, said)
    return Finding("not_yet_subsidised", Verdict.PASS, "not compensated by another claim")
