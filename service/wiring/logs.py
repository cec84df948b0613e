"""Structured logs: one line an event, JSON in production, with the ids of request and claim bound to it."""

import contextlib
import logging
import sys

import structlog


class _StandardError:
    """Writes a finished line; a log that cannot be written (a full disk) must not fail what it tells of."""

    def __call__(self, *_: object) -> "_StandardError":
        return self

    def msg(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(line + "\n")

    debug = info = warning = error = critical = msg


def set_up_logs(*, as_json: bool, process: str) -> None:
    """Send every log line, ours and the libraries', to standard error in one form; each names the process."""

    def name_process(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
        """Not bound to the context, since a new thread begins without one."""
        return {"process": process, **line}

    shared: list[structlog.typing.Processor] = [
        name_process,
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=_StandardError(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=last))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
