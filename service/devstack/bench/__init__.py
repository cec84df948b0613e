"""The benchmark: each figure beside its floor in the same run, the load made by a process of its own."""
