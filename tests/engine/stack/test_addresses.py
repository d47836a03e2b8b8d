"""Addresses in parts, and by way of a proxy."""

from __future__ import annotations

import pytest

from proofbook.errors import NotAsked
from proofbook.stack.addresses import Address


def test_the_parts_of_a_dsn() -> None:
    """What is percent-encoded in the URL is plain in the parts."""
    address = Address.of("postgresql://joe%40x:p%2Fw@db.example:6432/app%20db?sslmode=require")

    assert address == Address(
        url="postgresql://joe%40x:p%2Fw@db.example:6432/app%20db?sslmode=require",
        host="db.example",
        port=6432,
        user="joe@x",
        password="p/w",
        database="app db",
    )


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://x.example", 80),
        ("https://x.example/api", 443),
        ("postgres://x.example/app", 5432),
        ("redis://x.example", 6379),
        ("gopher://x.example", 0),
    ],
)
def test_a_port_that_the_scheme_says(url: str, port: int) -> None:
    """A URL without a port has its scheme's, or none that is known."""
    assert Address.of(url).port == port


def test_libpqs_own_form() -> None:
    """`host=… port=…` is an address, too."""
    address = Address.of("host=db.example port=6432 user=joe password='p w' dbname=app")

    assert (address.host, address.port, address.user) == ("db.example", 6432, "joe")
    assert (address.password, address.database) == ("p w", "app")


@pytest.mark.parametrize("text", ["db.example", "http://[::1"])
def test_what_is_no_address(text: str) -> None:
    """The message does not repeat it: it may be a secret."""
    with pytest.raises(NotAsked) as wrong:
        Address.of(text)

    assert text not in str(wrong.value)


@pytest.mark.parametrize("proxy", ["127.0.0.1:4711", "http://127.0.0.1:4711"])
def test_by_way_of_a_proxy(proxy: str) -> None:
    """Only host and port change; credentials, path and query stay."""
    address = Address.of("postgresql://joe:p%2Fw@db.example:6432/app?sslmode=disable")

    assert address.through(proxy).url == (
        "postgresql://joe:p%2Fw@127.0.0.1:4711/app?sslmode=disable"
    )


def test_no_proxy_before_what_is_no_url() -> None:
    """Libpq's form cannot be put behind a proxy."""
    with pytest.raises(NotAsked) as refused:
        Address.of("host=db.example").through("127.0.0.1:1")

    assert str(refused.value) == "an address that is no URL cannot be put behind a proxy"
