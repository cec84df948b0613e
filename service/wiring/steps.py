"""Which step does which kind of work."""

from datetime import timedelta
from functools import partial

from service.carriers.registry import PROVIDERS
from service.evidence.sandbox import inspect_photo
from service.flows.ask_carrier import Asker, ask_carriers
from service.flows.attribute_claim import attribute_claims
from service.flows.check_shipping import check_shipping
from service.flows.decide_claim import decide_claims
from service.flows.deliver_webhook import deliver_webhooks
from service.flows.expire_coupon import expire_coupons
from service.flows.follow_parcel import follow_parcels
from service.flows.inspect_evidence import inspect_photos
from service.flows.pay_farmer import pay_farmers
from service.flows.read_payload import read_payloads
from service.flows.refund_buyer import refund_buyers
from service.flows.release_sale import release_sales
from service.flows.remind_filing import remind_of_filing
from service.flows.run_work import Step
from service.queues import Kind
from service.wiring.parts import Parts


def steps_of(parts: Parts) -> dict[Kind, Step]:
    """Return the step of every kind of work."""
    db, deciding, settings = parts.db, parts.deciding, parts.config.carriers
    confirm = max(timedelta(hours=policy.carriers.confirm_within_hours) for policy in parts.library.policies)
    silence = timedelta(hours=settings.silent_hours)
    asker = Asker(PROVIDERS, parts.vault, silence, settings.timeout_seconds, confirm)
    return {
        Kind.INSPECT_EVIDENCE: partial(inspect_photos, db, parts.photos, inspect_photo),
        Kind.DECIDE_CLAIM: partial(decide_claims, db, deciding),
        Kind.ATTRIBUTE_CLAIM: partial(attribute_claims, db, deciding),
        Kind.REFUND_BUYER: partial(refund_buyers, db, parts.channels),
        Kind.FOLLOW_PARCEL: partial(follow_parcels, db),
        Kind.CHECK_SHIPPING: partial(check_shipping, db, deciding),
        Kind.RELEASE_SALE: partial(release_sales, db, deciding),
        Kind.PAY_FARMER: partial(pay_farmers, db, parts.channels),
        Kind.DELIVER_WEBHOOK: partial(deliver_webhooks, db, parts.delivering),
        Kind.EXPIRE_COUPON: partial(expire_coupons, db),
        Kind.REMIND_FILING: partial(remind_of_filing, db, deciding),
        Kind.READ_PAYLOAD: partial(read_payloads, db, PROVIDERS),
        Kind.ASK_CARRIER: partial(ask_carriers, db, asker),
    }
