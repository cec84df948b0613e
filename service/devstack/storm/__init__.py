"""Storms: claims posted while everything around them dies, and an oracle that counts afterwards."""
