"""First steps of `./start` and `./test`: make `.venv` current, then run the command in it."""

import os
import sys

from supervise.errors import SetupError
from supervise.install import environment, platforms

USAGE = {
    "start": """\
usage: ./start [--install]

Serves Doodlescape: a data server (unless REDIS_URL names one), the web server and one worker, each
restarted when it dies. The first run installs everything into .venv. Ctrl-C stops it all.

  --install   only install, start nothing

Settings come from the environment, for example PORT=8001 ./start. All are in docs/operating.md.""",
    "test": """\
usage: ./test [fast | PYTEST ARGUMENT...]

  ./test                       every check, as CI runs it
  ./test fast                  format, lint, types, layering and the page's unit tests
  ./test tests/jobs -k fair    only these tests

The first run installs everything, with the developers' tools, into .venv.""",
}
LOCKS = {"start": "serve.txt", "test": "dev.txt"}
MODULES = {"start": "supervise.start", "test": "supervise.checks"}


def main(argv: list[str]) -> None:
    """Install what `argv[0]` (start or test) needs and replace this process with it."""
    command, *arguments = argv
    if {"-h", "--help"} & set(arguments):
        print(USAGE[command])
        return
    if command == "start" and arguments not in ([], ["--install"]):
        sys.exit(f"doodlescape: ./start does not know {' '.join(arguments)!r}; see ./start --help")
    try:
        platforms.check()
        python = environment.ensure(LOCKS[command])
    except SetupError as error:
        sys.exit(f"doodlescape: {error}")
    except KeyboardInterrupt:
        sys.exit("\ndoodlescape: stopped while installing; the next run begins again")
    if arguments != ["--install"]:
        os.execv(python, [str(python), "-m", MODULES[command], *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
