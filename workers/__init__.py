"""The processes that do due work: thin Celery tasks and the sweeper."""
