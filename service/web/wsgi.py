"""The application as a server's worker process opens it, after the fork."""

from flask import Flask

from service.config import read_config
from service.web.app import create_app
from service.wiring.broker import Nudger
from service.wiring.logs import set_up_logs
from service.wiring.parts import open_parts


def open_app() -> Flask:
    """Open this process's own pool, photo store and nudger; raises what a start must not survive."""
    config = read_config()
    set_up_logs(as_json=config.log_json, process="api")
    return create_app(open_parts(config), Nudger(config.redis_url).nudge)
