"""Look whether a port can be listened on, without ever listening there."""

import socket


def check_port_is_free(host: str, port: int) -> None:
    """Check that a server could listen on `host`:`port` now.

    The port is taken and given back without listening: who already calls there, as probes do while
    a service starts, is refused as before and not accepted by nobody, which ends in a reset.

    Raises:
        OSError: it could not.
    """
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    with socket.socket(family) as probe:
        # As servers do: a connection that ended a moment ago keeps nobody out.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        probe.bind((host, port))
