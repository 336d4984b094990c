"""The commands of `python -m spade`: one module each, found by file name.

A command is a module `NAME.py` (or `NAME_.py` where NAME is a Python keyword) with a docstring
whose first line is its help, `add_arguments(parser)` and `run(args) -> int` (the exit status).
A command may name variables in `ENVIRONMENT`, with which the program is started again unless they
are set. Modules whose names begin with `_` are what commands share.
"""
