"""JSON intake through the door against pgbench running the same statement on as many connections."""

import re
from pathlib import Path

from service.devstack.bench import requests
from service.devstack.bench.effort import Effort, Tell
from service.devstack.bench.figures import Figure, median, of_rounds, percentile
from service.devstack.bench.loading import put_load
from service.devstack.bench.programs import pgbench
from service.devstack.bench.stage import Stage
from service.store.intake import TAKE

CLIENTS = 8


def intake_script(stage: Stage) -> Path:
    """Write the intake's own statement as a pgbench script: each run claims the next order of its connection."""
    values = {
        "claim_id": "('clm_' || :n)",
        "client_id": f"'{stage.app_client}'",
        "key": "('pgbench-' || :n)",
        "order_id": "('bench-' || lpad(:n::text, 9, '0'))",
        "line_id": "'1'",
        "cause": "'rotten'",
        "affected": "'{\"share_bp\": 3000}'::jsonb",
        "asked_bp": "3000",
        "quantity": "NULL::numeric",
        "requested_resolution": "'refund_only'",
        "note": "'一半以上都烂了'",
        "evidence_ids": f"'{{{stage.photo_id}}}'",
        "request_sha256": f"'\\x{'5a' * 32}'::bytea",
        "request_id": "NULL::text",
    }
    statement = re.sub(r"%\((\w+)\)s", lambda found: values[found[1]], TAKE).replace("%%", "%").strip()
    script = stage.folder / "intake.pgbench"
    script.write_text(f"\\set i :i + 1\n\\set n :first + (:i - 1) * {CLIENTS} + :client_id\n{statement};\n")
    return script


def bench_intake(stage: Stage, effort: Effort, tell: Tell) -> list[Figure]:
    """Alternate short rounds of both; each claims orders of its own, all made before the first."""
    script = intake_script(stage)
    door, floor = effort.share(1200), effort.share(4800) // CLIENTS * CLIENTS
    first = stage.take_orders(door + effort.rounds * (door + floor))
    put_load(stage, [requests.claim(stage, "warm")], first, door, connections=CLIENTS)
    first += door
    pairs, cpu_shares, milliseconds = [], [], []
    for turn in range(effort.rounds):
        taken = put_load(stage, [requests.claim(stage, f"intake{turn}")], first, door, connections=CLIENTS)
        ran = pgbench(stage.database_url, script, floor, CLIENTS, {"first": first + door, "i": 0})
        first += door + floor
        pairs.append((taken.done / taken.seconds, ran.rate))
        cpu_shares.append(taken.cpu_seconds / taken.seconds)
        milliseconds += taken.milliseconds
        tell(f"round {turn + 1}: {pairs[-1][0]:.0f} claims/s through the door, {ran.rate:.0f}/s by pgbench")
    value, floor_rate = of_rounds(pairs)
    return [
        Figure(
            "intake",
            "claims taken as JSON, 8 connections",
            value,
            "claims/s",
            floor_rate,
            "pgbench, the same statement, 8 clients",
            aim=0.30,
            note=f"p50 {percentile(milliseconds, 0.5):.1f} ms, p99 {percentile(milliseconds, 0.99):.1f} ms; "
            f"the load took {median(cpu_shares):.0%} of a core",
        )
    ]
