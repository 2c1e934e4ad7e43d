"""The reference has everything, and its links lead to it."""

import re
from pathlib import Path

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, build_schema
from typer.testing import CliRunner

from server import reference
from server.cli import app
from server.published import published_contract, published_sdl

LINK = re.compile(r"\]\(([a-z]+\.md)#([a-z0-9_]+)\)")
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
PAGES = reference.pages(published_sdl())


def test_everything_that_clients_meet_has_a_section_or_a_row():
    text = "\n".join(PAGES.values())
    found = build_schema(published_contract("admin"))

    for type_ in found.type_map.values():
        if type_.name.startswith("__") or type_.name in {"String", "Int", "Float", "Boolean", "ID"}:
            continue
        names = {
            *(type_.fields if isinstance(type_, GraphQLObjectType | GraphQLInputObjectType) else ()),
            *(type_.values if isinstance(type_, GraphQLEnumType) else ()),
        }
        if type_.name in reference.ROOTS:
            assert names <= set(HEADING.findall(PAGES[f"{reference.ROOTS[type_.name]}.md"]))
            continue
        section = text.partition(f"\n## {type_.name}\n")[2].partition("\n## ")[0]
        assert section, type_.name
        assert [name for name in names if f"| `{name}" not in section] == []


def test_links_lead_to_sections():
    sections = {name: {heading.lower() for heading in HEADING.findall(text)} for name, text in PAGES.items()}

    lost = [
        (page, section)
        for text in PAGES.values()
        for page, section in LINK.findall(text)
        if section not in sections[page]
    ]

    assert lost == []


def test_what_is_guarded_says_of_whom_it_asks_what():
    sdl = """
    type Query {
      a: Int @requiresScopes(scopes: [["staff", "x:read"], ["y:read"]])
      b: Int @authenticated @policy(policies: [["self"], ["scope:z:read"]]) @tag(name: "admin")
      c(first: Int! = 5, after: String = null): Int @authenticated
      "Everybody may."
      d: Int
    }
    """

    page = reference.pages(sdl)["queries.md"]

    assert "Answers `Int`. **Needs** staff with `x:read`, or `y:read`.\n" in page
    assert "**Needs** the customer whose it is, or `z:read`. In the contract admin alone." in page
    assert "**Needs** an account or a key.\n" in page
    assert "| `first` | `Int!` |  By default `5`. |" in page
    assert page.endswith("## d\n\nEverybody may.\n\nAnswers `Int`.\n")


def test_a_page_that_says_something_else_is_noticed(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(reference, "FOLDER", tmp_path / "reference")
    reference.write_pages(published_sdl())

    fresh = CliRunner().invoke(app, ["reference", "--check"])
    (tmp_path / "reference" / "queries.md").write_text("# Another")
    stale = CliRunner().invoke(app, ["reference", "--check"])

    assert (fresh.exit_code, stale.exit_code) == (0, 1)
    assert "commerce reference" in stale.output


def test_a_contract_is_printed():
    printed = CliRunner().invoke(app, ["schema", "--contract", "vendor"])
    unknown = CliRunner().invoke(app, ["schema", "--contract", "another"])

    assert build_schema(printed.output).query_type
    assert unknown.exit_code == 2
