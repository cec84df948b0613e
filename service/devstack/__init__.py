"""The whole service on one machine: embedded servers, supervised processes, the demo and the checks."""
