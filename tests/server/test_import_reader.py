"""Files as they come."""

import gzip

import pytest

from server.imports.reader import MAX_LINE_BYTES, Reader, UnreadableFileError
from server.imports.rows import ProductRow

CSV = """external_id,title,brand,category,attribute.material,attribute.pieces,option.Size,sku,gtins,weight_grams,\
vendor,price.us.USD,price.EUR,stock.reno,translation.de.title
board,Cutting Board,Eskelund,Kitchen > Boards,Walnut,1,Medium,B-M,4006381333931,900,house,59.00,63.90,4,Schneidebrett
board,,,,,,Large,B-L,,1300,house,77.00,83.90,0,
board,,,,,,Large,B-L,,1300,tannwerk,74.00,,,
tray,Tray,,Kitchen,Oak,,,T-1,,,house,45.00,,3,
"""


def lines_of(path):
    return list(Reader(path).lines())


def test_json_lines_are_read_one_by_one_with_their_numbers(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"external_id": "a"}\n\n{"external_id": "b"}\n', "utf-8")

    assert [(line.number, line.content) for line in lines_of(path)] == [
        (1, {"external_id": "a"}),
        (3, {"external_id": "b"}),
    ]


def test_a_packed_file_is_unpacked_on_the_way(tmp_path):
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"external_id": "a"}\n'))

    assert [line.content for line in lines_of(path)] == [{"external_id": "a"}]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"external_id": \n', "no valid JSON"),
        (b"[1, 2]\n", "the line is no JSON object"),
        (b'{"a": "\xff"}\n', "no valid JSON"),
        (b'{"a": "' + b"x" * MAX_LINE_BYTES + b'"}\n', "longer than"),
    ],
    ids=["cut", "list", "bytes", "long"],
)
def test_a_bad_line_is_told_and_the_next_one_is_read(tmp_path, content, problem):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content + b'{"external_id": "b"}\n')

    bad, good = lines_of(path)

    assert bad.content is None
    assert problem in bad.problem
    assert (good.number, good.content) == (2, {"external_id": "b"})


def test_lines_of_a_csv_with_one_external_id_are_one_product(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(CSV, "utf-8")

    board, tray = lines_of(path)
    row = ProductRow.model_validate(board.content)

    assert (board.number, tray.number) == (2, 5)
    assert row.category == ("Kitchen", "Boards")
    assert {key: fact.value for key, fact in row.attributes.items()} == {"material": "Walnut", "pieces": 1}
    assert row.translations["de"].title == "Schneidebrett"
    assert [(variant.sku, variant.options, len(variant.offers)) for variant in row.variants] == [
        ("B-M", {"Size": "Medium"}, 1),
        ("B-L", {"Size": "Large"}, 2),
    ]
    prices = [(price.market, price.currency, price.minor) for price in row.variants[0].offers[0].prices]
    assert prices == [("us", "USD", 5900), (None, "EUR", 6390)]
    assert row.variants[0].offers[0].stock[0].on_hand == 4
    assert ProductRow.model_validate(tray.content).options == ()


def test_a_csv_line_with_too_many_fields_is_told(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("external_id,title\na,Kettle,and more\nb,Pot\n", "utf-8")

    bad, good = lines_of(path)

    assert bad.problem == "a line has more fields than the header has columns"
    assert good.content is not None


def test_a_number_that_is_none_is_told_with_its_column(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("external_id,title,weight_grams\na,Kettle,heavy\n", "utf-8")

    assert [line.problem for line in lines_of(path)] == ["weight_grams: 'heavy' is no whole number"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.txt", b"", "neither .jsonl nor .csv"),
        ("rows.csv", b"title\nKettle\n", "external_id among them"),
        ("rows.jsonl.gz", b"not gzip", "damaged"),
        ("rows.jsonl.gz", gzip.compress(b'{"external_id": "a"}\n' * 100)[:-9], "damaged"),
    ],
    ids=["kind", "header", "not packed", "cut"],
)
def test_a_file_that_is_not_what_its_name_says_is_refused_in_one_line(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(UnreadableFileError, match=message):
        lines_of(path)


def test_a_file_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match="No such file"):
        Reader(tmp_path / "rows.jsonl")
