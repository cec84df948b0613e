"""The rules of the trade as pure functions: no I/O, no clock, no framework."""
