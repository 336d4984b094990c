"""An API with a bug on purpose, to show that the chaos oracle would notice it.

`python -m bench.chaos.planted_api` drops a job's input whenever the ledger did not answer in time.
"""

from typing import Any

from granian import Granian

from api import server


def make_door() -> Any:
    """Return the application of one process, with the bug."""
    door = server.make_door()
    from api.submit import accept

    vars(accept)["JobError"] = Exception  # what is unknown counts as refused
    return door


def planted(_target: str, **options: Any) -> Any:
    """Serve our door instead of the real one."""
    return Granian("bench.chaos.planted_api:make_door", **options)


if __name__ == "__main__":
    vars(server)["Granian"] = planted
    server.main()
