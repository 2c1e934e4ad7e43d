"""Texts with markup, and pictures."""

from typing import Any

import pytest

from domain.shared.media import Image, RichText, image_of, rich_text
from domain.shared.translation import words_in


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One.</p><p>Two.</p>", "One.\nTwo."),
        ("One<br>Two", "One\nTwo"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("5 &lt; 6 &amp; <b>bold</b>ly", "5 < 6 & boldly"),
        ("  spread \n over  lines ", "spread over lines"),
        ("", ""),
    ],
)
def test_the_words_of_a_text_stand_in_lines_by_block(html: str, text: str):
    assert RichText(html).text == text


@pytest.mark.parametrize(
    ("html", "tree"),
    [
        ('<a href="/x">y</a>', [{"tag": "a", "attributes": {"href": "/x"}, "children": ["y"]}]),
        ("a<br>b", ["a", {"tag": "br", "attributes": {}, "children": []}, "b"]),
        ("<p>a", [{"tag": "p", "attributes": {}, "children": ["a"]}]),
        ("a</p>b", ["a", "b"]),
        (
            "<p><b>a</p>c",
            [{"tag": "p", "attributes": {}, "children": [{"tag": "b", "attributes": {}, "children": ["a"]}]}, "c"],
        ),
    ],
)
def test_a_text_is_a_tree_even_where_its_tags_do_not_match(html: str, tree: list[Any]):
    assert RichText(html).json == tree


def test_no_text_is_none():
    assert rich_text(None) is None
    assert rich_text("") is None
    assert rich_text("a") == RichText("a")


def test_an_image_is_described_in_the_language_asked_for():
    document = {"url": "/media/a.svg", "alt": "A", "width": 1, "height": 2}

    assert image_of(document) == Image("/media/a.svg", "A", 1, 2)
    assert image_of(document, {"/media/a.svg": "Ä"}) == Image("/media/a.svg", "Ä", 1, 2)
    assert image_of({"url": "/media/b.svg", "alt": ""}) == Image("/media/b.svg")
    assert image_of(None) is None


@pytest.mark.parametrize(
    ("language", "found"), [("de", "d"), ("de-AT", "a"), ("de-CH", "d"), ("fr", None), ("en", None)]
)
def test_words_are_those_of_the_language_with_its_region_then_without(language: str, found: str | None):
    translations = {"de": {"title": "d"}, "de-AT": {"title": "a"}}

    assert words_in(translations, language).get("title") == found
