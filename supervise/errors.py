"""The error that ends `./start` and `./test` with one clear line."""


class SetupError(Exception):
    """Something this machine lacks; the message says what, and what to do about it."""
