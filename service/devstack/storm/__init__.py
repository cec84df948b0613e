"""Storms: claims posted while something around them dies, and an oracle that counts afterwards.

Each scenario is a file in `scenarios/` and a line in `registry.py`.
"""
