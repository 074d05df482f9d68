import pytest

from mnist_exp.playground.hosts import is_loopback, is_own_host


@pytest.mark.parametrize(
    ("host", "bound", "expected"),
    [
        ("127.0.0.1:7007", "127.0.0.1", True),
        ("LOCALHOST:7007", "127.0.0.1", True),
        ("[::1]:7007", "::1", True),
        ("192.168.1.7:7007", "127.0.0.1", False),
        ("192.168.1.7:7007", "0.0.0.0", True),  # a phone, when the server listens on all addresses
        ("rebound.example:7007", "0.0.0.0", False),
        ("desk.local:7007", "desk.local", True),
        ("127.0.0.1:7008", "127.0.0.1", False),
        ("127.0.0.1", "127.0.0.1", False),
    ],
)
def test_which_hosts_are_own(host, bound, expected):
    assert is_own_host(host, bound, 7007) is expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("desk.local", False)],
)
def test_which_hosts_are_loopback(host, expected):
    assert is_loopback(host) is expected
