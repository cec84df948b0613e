"""Photos as evidence: taking them in, decoding them out of harm's way, and what they betray."""
