"""The way out to other services' webhooks: signed, to checked addresses, under a deadline, each in its own thread."""
