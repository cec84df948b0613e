"""Two-photo intake against JSON intake: the photos in the claim's own form, and as raw bodies before it."""

import io

from PIL import Image

from service.devstack.bench import requests
from service.devstack.bench.effort import Effort, Tell
from service.devstack.bench.figures import Figure, of_rounds
from service.devstack.bench.loading import put_load
from service.devstack.bench.stage import Stage

CLIENTS = 8
WIDTH, HEIGHT, QUALITY, NOISE = 1280, 960, 60, 14
"""About 200 kB: what an app sends after it has made a phone's photo smaller."""


def bench_photos(stage: Stage, effort: Effort, tell: Tell) -> list[Figure]:
    """Alternate rounds of the three ways in; every photo has bytes of its own and is synced to disk."""
    photo = phone_photo()
    plain, pictured = effort.share(800), effort.share(240)
    first = stage.take_orders(plain + pictured + effort.rounds * (plain + 2 * pictured))
    put_load(stage, [requests.claim(stage, "warm-photos")], first, plain, connections=CLIENTS)
    first += plain
    put_load(stage, [requests.form_claim(stage, "warm-form", [photo, photo + b"2"])], first, pictured)
    first += pictured
    forms: list[tuple[float, float]] = []
    raws: list[tuple[float, float]] = []
    for turn in range(effort.rounds):
        ways = (
            (plain, [requests.claim(stage, f"plain{turn}")]),
            (pictured, [requests.form_claim(stage, f"form{turn}", [photo + b"1", photo + b"2"])]),
            (
                pictured,
                [
                    *(requests.raw_photo(stage, f"raw{turn}-{side}", photo + side.encode()) for side in "34"),
                    requests.claim_of_captured(stage, f"of-raw{turn}", 2),
                ],
            ),
        )
        rates = []
        for count, steps in ways:
            taken = put_load(stage, steps, first, count, connections=CLIENTS)
            first += count
            rates.append(taken.done / taken.seconds)
        json_rate, form_rate, raw_rate = rates
        forms.append((form_rate, json_rate))
        raws.append((raw_rate, json_rate))
        tell(f"round {turn + 1}: {json_rate:.0f} as JSON, {form_rate:.0f} as a form, {raw_rate:.0f} with raw bodies")
    size = f"two photos of {len(photo) // 1000} kB each"
    return [
        Figure("photos", f"claims with {size}, one form", *_beside_json(forms), aim=0.25),
        Figure("photos", f"claims with {size}, raw bodies first (three requests)", *_beside_json(raws), aim=0.25),
    ]


def _beside_json(pairs: list[tuple[float, float]]) -> tuple[float, str, float, str]:
    """Return value, unit, floor and the floor's name, as a figure takes them."""
    value, floor = of_rounds(pairs)
    return value, "claims/s", floor, "claims taken as JSON"


def phone_photo() -> bytes:
    """A noisy picture, so that it is as large as a real one."""
    image = Image.effect_noise((WIDTH, HEIGHT), NOISE).convert("RGB")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
