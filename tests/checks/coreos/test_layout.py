"""What the checks read out of a deployment's files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.coreos.layout import arguments

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("FROM base\nARG ONE\nARG TWO=2\n", {"ONE", "TWO"}),
        ("ARG ONE TWO=2 THREE\n", {"ONE", "TWO", "THREE"}),
        ("  arg ONE=\"a ARG b\" TWO='c d'\n", {"ONE", "TWO"}),
        ("ARG ONE \\\n    TWO\nENV THREE=${ONE}\n", {"ONE", "TWO"}),
        ("# ARG ONE\nRUN echo ARG TWO\n", set()),
    ],
)
def test_the_arguments_of_a_build_are_read(tmp_path: Path, said: str, names: set[str]) -> None:
    """One instruction may take one of them or several, with values or without."""
    path = tmp_path / "Dockerfile"
    path.write_text(said, encoding="utf-8")

    assert arguments(path) == names
