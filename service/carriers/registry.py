"""Every provider by the name in its path: to add one, write its file and add its line here."""

from service.carriers.base import Provider

PROVIDERS: dict[str, Provider] = {}
