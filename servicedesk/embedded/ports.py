"""TCP ports on this machine's loopback address."""

import socket
import time

LOOPBACK = "127.0.0.1"
LOOPBACK_6 = "::1"


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on this port now. A port in TIME_WAIT counts as free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def becomes_free(port: int, *, within: float) -> bool:
    """Wait up to `within` seconds for whoever listens on this port to let go of it."""
    end = time.monotonic() + within
    while not is_free(port):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def next_free(wanted: int) -> int:
    """The wanted port, or the first free one of the hundred after it."""
    for port in range(wanted, min(wanted + 100, 65536)):
        if is_free(port):
            return port
    raise OSError(f"No free port between {wanted} and {wanted + 99} on {LOOPBACK}.")


def answers(port: int, *, within: float) -> bool:
    """Wait up to `within` seconds for somebody to listen on this port."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return True
    return False
