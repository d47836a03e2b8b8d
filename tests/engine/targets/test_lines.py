"""Each key of a TOML text has its line."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from proofbook.targets.lines import line_of, lines

TEXT = '''\
# a comment with = and [brackets]
a = 1
"b c".d = "text # no comment"   # a comment

[e."f.g"]  # a header
h = """
i = 2
"""
j = [
  { k = 1 },   # first
  { l = [1, 2],
    m = 3 },
]
n = 1979-05-27T07:32:00Z
o = 1.5
[[p]]
q = 'r'
'''


def test_keys_stand_where_they_are_written() -> None:
    """Dotted and quoted keys, headers, arrays and tables within lines all have their line."""
    found = lines(TEXT)

    assert dict(found) == {
        ("a",): 2,
        ("b c",): 3,
        ("b c", "d"): 3,
        ("e",): 5,
        ("e", "f.g"): 5,
        ("e", "f.g", "h"): 6,
        ("e", "f.g", "j"): 9,
        ("e", "f.g", "j", 0): 10,
        ("e", "f.g", "j", 0, "k"): 10,
        ("e", "f.g", "j", 1): 11,
        ("e", "f.g", "j", 1, "l"): 11,
        ("e", "f.g", "j", 1, "l", 0): 11,
        ("e", "f.g", "j", 1, "l", 1): 11,
        ("e", "f.g", "j", 1, "m"): 12,
        ("e", "f.g", "n"): 14,
        ("e", "f.g", "o"): 15,
        ("p",): 16,
        ("p", "q"): 17,
    }


def test_what_has_no_line_stands_where_its_table_does() -> None:
    """A missing key is reported at the nearest thing around it; in an empty file at line 1."""
    found = lines("a = 1\n[b.c]\n")

    assert line_of(("b", "c", "d", 0), found) == 2
    assert line_of(("x",), found) == 1


@given(st.text(alphabet="ab.=[]{}\"'#\\\n ,1"))
def test_arbitrary_text_ends(text: str) -> None:
    """A text that is no TOML has lines, too, and none beyond its own."""
    assert all(1 <= line <= text.count("\n") + 1 for line in lines(text).values())


_KEY = st.text(alphabet="ab.\"\\' é", min_size=1, max_size=4)
_VALUE = st.recursive(
    st.one_of(st.integers(), st.booleans(), st.text(alphabet="ab=#[]{}\"'\\\n,", max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEY, inner, max_size=3)),
    max_leaves=8,
)


def written(value: Any) -> str:
    """A value as TOML; lists over several lines."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        case list():
            return "[" + "".join(f"\n {written(each)}," for each in value) + "\n]"
        case dict():
            pairs = (f"{written(key)} = {written(each)}" for key, each in value.items())
            return "{ " + ", ".join(pairs) + " }"
        case _:
            return str(value)


@given(st.dictionaries(_KEY, _VALUE, max_size=5))
def test_every_key_of_a_document_is_found_on_its_line(document: dict[str, Any]) -> None:
    """What `tomllib` finds has a line, and the line of a top-level key is where it was written."""
    text, starts, line = "", {}, 1
    for key, value in document.items():
        starts[key] = line
        text += f"{written(key)} = {written(value)}\n"
        line = text.count("\n") + 1

    assert tomllib.loads(text) == document
    found = lines(text)
    assert {path[0]: at for path, at in found.items() if len(path) == 1} == starts
    assert set(found) == set(ways(document))


def ways(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The way to every key and element."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, each in inner:
        found.append((*path, key))
        if isinstance(each, dict | list):
            found += ways(each, (*path, key))
    return found
