"""Tell the reaper of this process, then become a part: `launch.py FD COMMAND ...`.

FD is the reaper's list. As long as it is open here the reaper waits, so the supervisor may die at
any moment: a part is on the list, or has not begun.
"""

import os
import sys
from contextlib import suppress


def main() -> None:
    """Write a line to the list, close it, and run the command in this very process."""
    listed, command = int(sys.argv[1]), sys.argv[2:]
    with suppress(BrokenPipeError):
        os.write(listed, f"+{os.getpid()}\n".encode())
    os.close(listed)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
