"""Reads the published policies and finds the one that was in force."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from marshmallow import Schema, ValidationError

from service.domain.policy import Policy
from service.domain.suspensions import ForceMajeure, Suspension
from service.policies.form import ForceMajeureForm, PolicyForm

PUBLISHED = Path(__file__).parent
FORCE_MAJEURE = "force_majeure/*.yaml"
"""Entries of the day, each in a file of its own: they count for orders under every policy, old ones too."""


class PolicyFault(Exception):
    """A policy file cannot be used; the message names the file, the key and the remedy."""


class _KeyTwice(yaml.YAMLError):
    """A key stands twice in one mapping."""


class _KeysOnce(yaml.SafeLoader):
    """YAML lets the last of two equal keys win in silence; a policy must not hold a figure that does not count."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping; raises _KeyTwice."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                raise _KeyTwice(f"{key.value}: given twice, again in line {key.start_mark.line + 1}: keep one")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


@dataclass(frozen=True, slots=True)
class Library:
    """All published policies, oldest first, with their texts (kept in the database for replays), and force majeure."""

    policies: tuple[Policy, ...]
    texts: Mapping[str, str]
    force_majeure: tuple[ForceMajeure, ...] = ()

    def in_force(self, at: datetime) -> Policy:
        """Return the policy in force at `at`; before the first one, the first."""
        return next((p for p in reversed(self.policies) if p.effective_from <= at), self.policies[0])

    def by_id(self, policy_id: str) -> Policy:
        """Return the policy with this content hash; raises KeyError for one that was never published here."""
        found = next((p for p in self.policies if p.policy_id == policy_id), None)
        if found is None:
            raise KeyError(f"policy {policy_id} is not among the published files: restore its file")
        return found


def open_library(folder: Path = PUBLISHED) -> Library:
    """Read and check every policy file of a folder, and the entries of force majeure below it.

    Raises PolicyFault for an empty folder, a faulty file, or two files with one start date.
    """
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))]
    names = [path.name for path in sorted(folder.glob("*.yaml"))]
    policies = [read_policy(text, name) for text, name in zip(texts, names, strict=True)]
    if not policies:
        raise PolicyFault(
            f"{folder.name}: no policy file: add one named by its date, such as 2026-01-01-guarantees.yaml"
        )
    starts = [p.effective_from for p in policies]
    if len(set(starts)) != len(starts):
        raise PolicyFault(f"{folder.name}: effective_from: two files start at the same time: change one")
    ordered = tuple(sorted(policies, key=lambda p: p.effective_from))
    entries = [read_force_majeure(p.read_text(encoding="utf-8"), p.stem) for p in sorted(folder.glob(FORCE_MAJEURE))]
    return Library(ordered, {p.policy_id: text for p, text in zip(policies, texts, strict=True)}, tuple(entries))


def read_force_majeure(text: str, name: str) -> ForceMajeure:
    """Read one dated entry, known by its file's name; raises PolicyFault naming file, key and remedy."""
    values = _checked(ForceMajeureForm(), _mapping(text, name), name)
    suspension = Suspension(
        entry=name,
        title=values["title"],
        clocks=tuple(values["clocks"]),
        starts_at=values["starts_at"],
        ends_at=values["ends_at"],
    )
    return ForceMajeure(hashlib.sha256(text.encode()).hexdigest(), suspension, tuple(values["regions"]), text)


def read_policy(text: str, name: str) -> Policy:
    """Read one policy; raises PolicyFault naming file, key and remedy."""
    values = _checked(PolicyForm(), _mapping(text, name), name)
    for listed in ("default_tolerance_bp", "lane_terms"):
        values[listed] = tuple(values[listed])
    return Policy(policy_id=hashlib.sha256(text.encode()).hexdigest(), **values)


def _mapping(text: str, name: str) -> dict[str, Any]:
    try:
        data = yaml.load(text, _KeysOnce)
    except _KeyTwice as fault:
        raise PolicyFault(f"{name}: {fault}") from fault
    except yaml.YAMLError as fault:
        raise PolicyFault(f"{name}: not YAML: {' '.join(str(fault).split())}: mend that line") from fault
    if not isinstance(data, dict):
        raise PolicyFault(f"{name}: the file must be a mapping of guarantees: see the other files beside it")
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in data.items()}


def _checked(form: Schema, data: dict[str, Any], name: str) -> dict[str, Any]:
    try:
        values: dict[str, Any] = form.load(data)
    except ValidationError as fault:
        raise PolicyFault("; ".join(f"{name}: {key}: {what}" for key, what in _flat(fault.messages))) from fault
    return values


def _flat(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each faulty key with what is wrong, without the steps that marshmallow adds to its path."""
    if not isinstance(messages, dict):
        yield path, " ".join(map(str, messages))
        return
    for key, inner in messages.items():
        ours = key != "_schema" and not (key == "value" and isinstance(inner, dict))
        yield from _flat(inner, ".".join(filter(None, (path, str(key) if ours else ""))))
