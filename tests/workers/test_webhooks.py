"""The webhooks worker as it really runs: called up by the sweeper, it sends what happened, dead receivers or not."""

from collections.abc import Callable

from service.devstack.leashed import Leashed
from service.devstack.receivers import open_receiver
from service.devstack.server import Server
from service.store import webhooks
from service.webhooks.signature import new_secret, sealed
from tests.builders import Season, admitted
from tests.workers.conftest import within

START_SECONDS = 45.0


def test_what_happens_is_sent_by_its_own_worker_beside_a_receiver_that_hangs(
    season: Season, broker: Server, start: Callable[..., Leashed], claim_id: str
) -> None:
    client = admitted(season.parts, "subscriber")
    with open_receiver("healthy") as healthy, open_receiver("hanging") as hanging:
        with season.parts.db.transaction() as conn:
            for receiver in (hanging, healthy):
                wanted = {"url": receiver.url, "event_types": [], "description": ""}
                webhooks.add(conn, client, wanted, sealed(season.parts.vault, new_secret(b"r" * 32)))
        season.rows(
            "INSERT INTO events (type, farmer_id, claim_id, data) VALUES ('payout.created', 'f', %s, '{}')", claim_id
        )
        workers = start("workers", "webhooks", redis_url=broker.url)
        start("workers.sweeper", redis_url=broker.url)

        assert within(START_SECONDS, lambda: len(healthy.ids()) == 1), workers.last_words()
        assert within(5, lambda: len(hanging.ids()) == 1)
    assert season.rows("SELECT status FROM deliveries WHERE status = 'delivered'") == [{"status": "delivered"}]
