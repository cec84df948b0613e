"""Settings from the environment, read once at start; a weak or missing secret stops a production start."""

from dataclasses import dataclass, field
from pathlib import Path

from environs import Env

LEAST_SECRET_BYTES = 24
LOOPBACK_NETWORKS = "127.0.0.0/8,::1/128"
LONGEST_WEBHOOK_SECONDS = 30.0
"""A turn of a webhook may outlast its own end by one call; its lease is 60 s."""


@dataclass(frozen=True, slots=True)
class CarrierSettings:
    """How providers of tracking are dealt with."""

    payload_days: int = 180
    silent_hours: float = 12.0
    timeout_seconds: float = 5.0


class ConfigFault(Exception):
    """A setting is missing or unfit; the message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class Config:
    """Where the service's parts are, and how it should behave; `secrets_key` seals others' secrets in the database."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    photos_url: str
    production: bool
    host: str
    port: int
    processes: int
    threads: int
    public_url: str
    refund_channel: str
    bank_url: str
    bank_secret: str = field(repr=False)
    payment_url: str
    payment_secret: str = field(repr=False)
    bank_timeout_seconds: float
    webhook_timeout_seconds: float
    webhook_networks: str
    max_photo_bytes: int
    log_json: bool
    metrics_token: str = field(default="", repr=False)
    secrets_key: str = field(default="", repr=False)
    carriers: CarrierSettings = CarrierSettings()


def read_config() -> Config:
    """Read the environment; raises ConfigFault for what a start would regret."""
    env = Env()
    production = env.str("MAKEGOOD_ENVIRONMENT", "development") == "production"
    port = env.int("MAKEGOOD_PORT", 8000)
    config = Config(
        database_url=_needed(env, "DATABASE_URL", "postgresql://user:password@host:5432/makegood"),
        redis_url=_needed(env, "REDIS_URL", "redis://:password@host:6379/0"),
        photos_url=env.str("MAKEGOOD_PHOTOS_URL", (Path.cwd() / ".makegood" / "photos").as_uri()),
        production=production,
        host=env.str("MAKEGOOD_HOST", "127.0.0.1"),
        port=port,
        processes=env.int("MAKEGOOD_PROCESSES", 1),
        threads=env.int("MAKEGOOD_THREADS", 8),
        public_url=env.str("MAKEGOOD_PUBLIC_URL", f"http://127.0.0.1:{port}"),
        refund_channel=env.str("MAKEGOOD_REFUND_CHANNEL", "sandbox"),
        bank_url=env.str("MAKEGOOD_BANK_URL", ""),
        bank_secret=env.str("MAKEGOOD_BANK_SECRET", ""),
        payment_url=env.str("MAKEGOOD_PAYMENT_URL", ""),
        payment_secret=env.str("MAKEGOOD_PAYMENT_SECRET", ""),
        bank_timeout_seconds=env.float("MAKEGOOD_BANK_TIMEOUT_SECONDS", 5.0),
        webhook_timeout_seconds=env.float("MAKEGOOD_WEBHOOK_TIMEOUT_SECONDS", 10.0),
        webhook_networks=env.str("MAKEGOOD_WEBHOOK_NETWORKS", "" if production else LOOPBACK_NETWORKS),
        max_photo_bytes=env.int("MAKEGOOD_MAX_PHOTO_BYTES", 20 * 1024 * 1024),
        log_json=env.bool("MAKEGOOD_LOG_JSON", production),
        metrics_token=env.str("MAKEGOOD_METRICS_TOKEN", ""),
        secrets_key=env.str("MAKEGOOD_SECRETS_KEY", ""),
        carriers=CarrierSettings(
            payload_days=env.int("MAKEGOOD_PAYLOAD_DAYS", 180),
            silent_hours=env.float("MAKEGOOD_SILENT_HOURS", 12.0),
            timeout_seconds=env.float("MAKEGOOD_CARRIER_TIMEOUT_SECONDS", 5.0),
        ),
    )
    if not 0 < config.webhook_timeout_seconds <= LONGEST_WEBHOOK_SECONDS:
        raise ConfigFault(
            f"MAKEGOOD_WEBHOOK_TIMEOUT_SECONDS is {config.webhook_timeout_seconds:g}: "
            f"give more than 0 and at most {LONGEST_WEBHOOK_SECONDS:g}"
        )
    if production:
        _refuse_weak(config)
    return config


def _needed(env: Env, name: str, example: str) -> str:
    value: str = env.str(name, "")
    if not value:
        raise ConfigFault(f"{name} is not set: give a URL such as {example}, or start with `python3 run.py up`")
    return value


def _refuse_weak(config: Config) -> None:
    if config.metrics_token and len(config.metrics_token.encode()) < LEAST_SECRET_BYTES:
        raise ConfigFault(
            f"MAKEGOOD_METRICS_TOKEN is under {LEAST_SECRET_BYTES} bytes: make one with openssl rand -hex 24"
        )
    if config.refund_channel == "sandbox":
        raise ConfigFault("MAKEGOOD_REFUND_CHANNEL is sandbox: in production set it to http, with MAKEGOOD_PAYMENT_URL")
    if config.bank_url:
        raise ConfigFault("MAKEGOOD_BANK_URL is set: production pays through MAKEGOOD_PAYMENT_URL, so unset it")
    if config.refund_channel == "http" and not config.payment_url:
        raise ConfigFault("MAKEGOOD_PAYMENT_URL is not set: give the payment service's base URL")
    if not config.secrets_key:
        raise ConfigFault(
            "MAKEGOOD_SECRETS_KEY is not set: make one with `openssl rand -base64 32 | tr '+/' '-_'` and keep it safe"
        )
    for secret in config.payment_secret.split(","):
        if len(secret.strip().encode()) < LEAST_SECRET_BYTES:
            raise ConfigFault(
                f"MAKEGOOD_PAYMENT_SECRET is under {LEAST_SECRET_BYTES} bytes: make one with openssl rand -base64 32"
            )
