"""The contract's words and an implementation's own."""

from __future__ import annotations

from proofbook.targets import Names


def test_what_is_called_otherwise() -> None:
    """And the rest is called as in the contract; ids are filled in either way."""
    names = Names(paths={"/jobs/{id}": "/jobs/{id}/now"}, headers={"X-Key": "X-Token"})

    assert names.path("/jobs/{id}", id="7") == "/jobs/7/now"
    assert names.path("/runs/{id}", id="7") == "/runs/7"
    assert (names.header("X-Key"), names.header("X-Other")) == ("X-Token", "X-Other")
