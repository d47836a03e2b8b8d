"""Recorded callbacks and bodies, on literal values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.jobsources.adapter_callbacks import beat, completed, offer, payload_hash
from checks.jobsources.known_answers import vectors
from checks.jobsources.recorded import callbacks, heartbeats, shifted

NOW, RUN, OTHER = (
    1767225600,
    "3b0f6a52-6a1f-4c53-9c2e-1f1f0c9f1a01",
    "4b0f6a52-6a1f-4c53-9c2e-1f1f0c9f1a01",
)
SAME = {RUN: RUN, OTHER: OTHER}
SECRET = "sign-secret-1"


def test_a_signature_covers_six_parts() -> None:
    """What is not there is empty, and the dots stay."""
    callback = replace(completed(RUN, event_id="evt-1"), request_id="req-1")

    assert callback.text(str(NOW)) == f"{NOW}.{RUN}.COMPLETED..req-1.evt-1"
    assert callback.signature(SECRET, str(NOW)) == (
        "3ab10e411bfd7646337297740f51012d6b1d6d868e40252e68d1c846a9f145d9"
    )
    assert replace(beat(RUN), request_id="").text("1") == f"1.{RUN}.HEARTBEAT...heartbeat"
    assert replace(offer(RUN, event_id="e"), request_id="r").text("1") == f"1.{RUN}.INGEST..r.e"


@pytest.mark.parametrize("case", [c for c in vectors("payload_hash") if c["binding"] == "must"])
def test_a_body_is_hashed_as_recorded(case: dict[str, object]) -> None:
    """Without what differs from one delivery to the next."""
    body = case["input"]
    assert isinstance(body, dict)

    assert payload_hash(body) == case["sha256"]


@pytest.mark.parametrize(
    ("recorded", "later"),
    [
        (None, None),
        ("", ""),
        ("NaN", "NaN"),
        ("1767225600", "1767225700"),
        ("1767225299", "1767225399"),
        ("01767225600", "01767225700"),
        ("1767225600.0", "1767225700.0"),
        ("1767225600000", "1767225700000"),
        ("0x6955b900", "0x6955b964"),
        ("1.7672256e9", "1.7672257e9"),
        ("0", "0"),
    ],
)
def test_an_instant_moves_in_its_form(recorded: str | None, later: str | None) -> None:
    """A hundred seconds later it is spelled as it was."""
    assert shifted(recorded, NOW, NOW + 100) == later


def test_callbacks_come_out_as_recorded() -> None:
    """For the run and at the second of the recording nothing changes."""
    made = {each.name: each for each in callbacks(vectors("verify"), SAME, SECRET, NOW)}
    recorded = {case["name"]: case for case in vectors("verify") if case["name"] in made}

    assert len(made) > 20
    assert {name: each.signature for name, each in made.items()} == {
        name: case["signature_header"] for name, case in recorded.items()
    }
    assert [name for name, each in made.items() if each.accepted] == [
        "valid",
        "offset -299",
        "offset 299",
        "padded event id signs raw value",
    ]


def test_heartbeats_come_out_as_recorded() -> None:
    """So do those."""
    made = heartbeats(vectors("verify_heartbeat"), SAME, SECRET, NOW)

    assert [each.signature for each in made] == [
        case["signature_header"] for case in vectors("verify_heartbeat")
    ]
    assert [each.name for each in made if each.accepted] == ["valid", "offset 299", "no run id"]
