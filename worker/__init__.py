"""Hold the models and paint what the ledger gives out: `python -m worker.app`.

Stands on `jobs` and `spade`; imports neither flask nor api.
"""
