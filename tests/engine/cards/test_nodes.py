"""Pages as trees."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proofbook.cards import reading
from proofbook.cards.nodes import tree


def test_elements_are_found_by_tag_class_and_attribute() -> None:
    """In order, however deep."""
    root = tree('<p class="a b">1<b class="a">2</b><br></p><i data-x="y">3</i>')

    assert [node.tag for node in root.all(cls="a")] == ["p", "b"]
    assert [node.tag for node in root.all(tag="b", cls="a")] == ["b"]
    assert root.first(attribute="data-x").attributes == {"data-x": "y"}
    assert (root.first(tag="u").tag, root.first(tag="u").text) == ("", "")
    assert root.without("b").text == "3"


def test_text_is_what_a_reader_sees() -> None:
    """Whitespace is one space, entities are signs, a picture is what it is called."""
    root = tree('<p>a\n &lt; <b>b</b>c <img alt="d"></p>')

    assert (root.text, root.words) == ("a < bc d", "a < b c d")


def test_what_nothing_closes_ends_with_what_it_stands_in() -> None:
    """And what closes nothing is passed over."""
    root = tree("</p><div><p>a<b>b</div><i>c</i></u>")

    assert [node.tag for node in root.content if not isinstance(node, str)] == ["div", "i"]


@given(st.lists(st.sampled_from(["<p>", "</p>", "<b x=", "<!--", "<", "a", '"', "<script>", "&#"])))
def test_any_text_is_a_page(pieces: list[str]) -> None:
    """Whatever stands in a site's folder can be read."""
    assert reading.page("x.html", "".join(pieces)).cards == ()
