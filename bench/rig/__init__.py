"""The whole service, started for a measurement, and what talks to it and watches it."""
