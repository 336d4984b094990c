"""Something is killed every few seconds, and nothing may be lost: `python -m bench.chaos`."""
