"""Which host names and addresses belong to this server, and which of them only this machine can reach."""

import ipaddress


def is_own_host(header: str, bound: str, port: int) -> bool:
    """Whether a Host header names this server.

    A foreign page can make its own host name lead here (DNS rebinding), but never an IP address. So a server that
    other machines can reach accepts every IP address, and only the host name that it was started with.

    Args:
        header: the Host header.
        bound: the host that the server listens on.
        port: the port that it listens on.
    """
    name, _, header_port = header.rpartition(":") if not header.endswith("]") else (header, "", "")
    if (name and header_port != str(port)) or (not name and port != 80):
        return False
    name = (name or header).strip("[]").lower()
    if name in ("localhost", "127.0.0.1", "::1", bound.lower()):
        return True
    try:
        return not is_loopback(bound) and bool(ipaddress.ip_address(name))
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on this host."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
