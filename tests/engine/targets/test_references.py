"""References are told apart from text, and followed only where they can be."""

from __future__ import annotations

import pytest

from proofbook.targets.references import Reference, flaw, names_of, reference


@pytest.mark.parametrize(
    ("text", "referred"),
    [
        ("env:TOKEN", Reference("env", "TOKEN")),
        ("file:secrets/a b", Reference("file", "secrets/a b")),
        ("generate:hex", Reference("generate", "hex")),
        ("Bearer env:TOKEN", None),
        ("ENV:TOKEN", None),
        ("", None),
    ],
)
def test_a_reference_is_a_whole_string(text: str, referred: Reference | None) -> None:
    """One that stands inside other text is text."""
    assert reference(text) == referred


@pytest.mark.parametrize(
    ("referred", "wrong"),
    [
        (Reference("env", "A B"), "'A B' is no name of an environment variable; write env:NAME."),
        (Reference("file", " "), "file: names no file; write file:PATH, from the project's root."),
        (
            Reference("generate", "dsa"),
            "generate:dsa is of no known kind; the kinds are ed25519, hex, rsa, token, uuid.",
        ),
        (Reference("env", "A_1"), None),
        (Reference("file", "a"), None),
        (Reference("generate", "uuid"), None),
    ],
)
def test_a_reference_that_cannot_be_followed_says_why(
    referred: Reference, wrong: str | None
) -> None:
    """A variable's name, a path, a known kind."""
    assert flaw(referred) == wrong


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("generate:rsa", ("secret.x.private_pem", "secret.x.public_pem")),
        ("generate:hex", ("secret.x",)),
        ("env:X", ("secret.x",)),
    ],
)
def test_a_secret_is_used_by_its_forms(text: str, names: tuple[str, ...]) -> None:
    """Key pairs have forms and no bare name; everything else is itself."""
    assert names_of("x", text) == names
