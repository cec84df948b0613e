"""The sandbox bank: a payment service of our own, with its own books to compare with ours.

It runs as its own process (`python -m service.devstack.bank`), keeps its ledger in SQLite, answers the
payment protocol of docs/payment-protocol.md, and misbehaves on request.
"""
