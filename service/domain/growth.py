"""How fact sheets and decisions grow without changing the receipts that are stored."""

GAINED = {"gained": True}
"""Metadata of a field that came later: left out while it has its default, so that old receipts keep their bytes."""
