"""Joins the parts: configuration, stores, channels, steps and the broker."""
