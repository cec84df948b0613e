"""Versions on the wire: the entity tag of what was shown, and the one that a caller has seen."""

from flask import request

from service.web.problems import Problem


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'


def seen_version(noun: str) -> int | None:
    """Return the version of If-Match, None where the caller takes any; raises Problem 412 for what is no version."""
    given = request.headers.get("If-Match", "*").strip()
    if given == "*":
        return None
    version = given.removeprefix("W/").strip('"')
    if not version.isascii() or not version.isdecimal() or len(version) > 18:
        detail = f'If-Match is {given[:50]!r}: give the ETag of the {noun}, such as "3"'
        raise Problem(412, "version_stale", detail)
    return int(version)
