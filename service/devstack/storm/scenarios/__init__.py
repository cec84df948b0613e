"""One file a scenario: what strikes, and what must hold."""
