"""The job service measured, all parts real: `python -m bench.service`."""
