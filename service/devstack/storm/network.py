"""Hosts in network namespaces of their own, joined by a bridge that only they and this process can reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from service.devstack.storm.apart import mounts_apart, network_apart, ordered

HUB = "10.213.0.1"
"""The bridge's own address: where this process and its servers are seen from the hosts."""
NETWORK = "10.213.0.0/24"
NAMES = Path("/run/netns")


@dataclass(frozen=True, slots=True)
class Host:
    """A namespace with one interface, as a machine with one cable."""

    name: str
    address: str

    def inside(self, argv: Sequence[str]) -> list[str]:
        """The command that runs another one on this host."""
        return ["ip", "netns", "exec", self.name, *argv]

    def cut_off(self) -> None:
        """Pull the cable: nothing goes in or out, and no connection is told."""
        ordered("ip", "link", "set", self._cable, "down")

    def heal(self) -> None:
        """Plug it in again."""
        ordered("ip", "link", "set", self._cable, "up")

    @property
    def _cable(self) -> str:
        return f"to-{self.name}"


def hosts_apart(*names: str) -> list[Host]:
    """Move this process to a network of its own and put hosts beside it; all of it vanishes with the process.

    Raises NotPossibleHere where namespaces, bridges or the program `ip` are not to be had.
    """
    mounts_apart()
    network_apart()
    NAMES.mkdir(mode=0o755, parents=True, exist_ok=True)
    ordered("mount", "-t", "tmpfs", "makegood-storm", str(NAMES))
    ordered("ip", "link", "add", "bridge0", "type", "bridge")
    ordered("ip", "address", "add", f"{HUB}/24", "dev", "bridge0")
    ordered("ip", "link", "set", "bridge0", "up")
    hosts = [Host(name, f"10.213.0.{place}") for place, name in enumerate(names, start=2)]
    for host in hosts:
        _add(host)
    return hosts


def _add(host: Host) -> None:
    cable = f"to-{host.name}"
    ordered("ip", "netns", "add", host.name)
    ordered("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", host.name)
    ordered("ip", "link", "set", cable, "master", "bridge0", "up")
    ordered("ip", "-n", host.name, "address", "add", f"{host.address}/24", "dev", "eth0")
    for interface in ("lo", "eth0"):
        ordered("ip", "-n", host.name, "link", "set", interface, "up")
