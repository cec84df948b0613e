"""Channels through which money leaves the platform: one file a channel, named only in the registry."""
