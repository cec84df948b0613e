"""Numbered SQL files, applied once each, in order; the schema equals their sum."""
