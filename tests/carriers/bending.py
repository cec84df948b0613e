"""Bodies bent out of shape: JSON, forms with JSON in them, and lines."""

import copy
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

ODD: tuple[Any, ...] = (None, True, -7, 1.5e308, "", " ", "x", "1", "\ud800", "\0", "0001-01-01", [], [[]], {}, [None])
"""What may stand where something else is expected."""

LONG = "長" * 5_000


def opened(body: bytes) -> Any:
    """Return the JSON in a body, a form's fields with the JSON in them, or None for what is neither."""
    try:
        return json.loads(body)
    except ValueError:
        pass
    if body.lstrip().startswith(b"#") or b"=" not in body:
        return None
    return {name: _json_or_text(value) for name, value in parse_qsl(body.decode())}


def closed(tree: Any, like: bytes) -> bytes:
    """Return the tree as a body of the same kind as the one it came from."""
    if like.lstrip().startswith(b"{"):
        return json.dumps(tree).encode()
    return urlencode(
        {name: value if isinstance(value, str) else json.dumps(value) for name, value in tree.items()},
        errors="surrogatepass",
    ).encode()


def bent(tree: Any) -> Iterator[Any]:
    """Yield the tree with an odd value in place of each of its values, or without that value."""
    for path in _paths(tree):
        for odd in (*ODD, LONG):
            yield _with(tree, path, odd)
        if path and isinstance(path[-1], str):
            yield _without(tree, path)


def backwards(tree: Any) -> Any:
    """Return the tree with every list turned around."""
    if isinstance(tree, list):
        return [backwards(value) for value in reversed(tree)]
    return {name: backwards(value) for name, value in tree.items()} if isinstance(tree, dict) else tree


def grown(tree: Any, times: int) -> Any:
    """Return the tree with its longest list of objects repeated."""
    lists = [path for path in _paths(tree) if isinstance(value := _at(tree, path), list) and value]
    path = max((p for p in lists if isinstance(_at(tree, p)[0], dict)), key=lambda p: len(_at(tree, p)))
    return _with(tree, path, _at(tree, path) * times)


def _json_or_text(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _paths(tree: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    inside = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for step, value in inside:
        yield from _paths(value, (*path, step))


def _at(tree: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def _with(tree: Any, path: tuple[str | int, ...], value: Any) -> Any:
    changed = copy.deepcopy(tree)
    _at(changed, path[:-1])[path[-1]] = value
    return changed


def _without(tree: Any, path: tuple[str | int, ...]) -> Any:
    changed = copy.deepcopy(tree)
    del _at(changed, path[:-1])[path[-1]]
    return changed
