"""The little YAML that rules and documents are written in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.alerts import yaml

#: What a page can print.
_TEXT = st.text(
    st.characters(
        codec="utf-8", exclude_characters="\ufeff\ufffe\uffff", exclude_categories=["Cc", "Cs"]
    )
)
_SCALAR = st.none() | st.booleans() | st.integers() | _TEXT
_VALUE = st.recursive(
    _SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=12,
)


@given(_VALUE)
def test_what_is_written_is_read_back(value: object) -> None:
    """Whatever it holds, and however deep."""
    reader = pytest.importorskip("yaml")

    assert reader.safe_load(yaml.document(value)) == value


def test_documents_are_kept_apart() -> None:
    """By the line that YAML has for it."""
    assert yaml.documents([{"a": "no"}, [1, {"b": []}]]) == 'a: "no"\n---\n- 1\n- b: []\n'
