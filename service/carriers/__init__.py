"""Providers of tracking, one file each: how each signs, what its codes mean, and what it wants to hear back."""
