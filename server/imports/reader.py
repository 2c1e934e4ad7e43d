"""Import files, read line by line: JSON Lines or CSV, plain or gzipped, with one product in memory at a time."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import IO, Any

import orjson

from domain.shared.making import dataclass

MAX_LINE_BYTES = 10_000_000
LIST_SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class Line:
    """A product as it stands in the file, or why the line at `number` is none."""

    number: int
    content: dict[str, Any] | None
    problem: str = ""


class UnreadableFileError(Exception):
    """The file cannot be read as what its name says it is."""


class Reader:
    """The products of a file, in its order. `bytes_read` of `bytes_total` say how far it has come."""

    def __init__(self, path: Path) -> None:
        suffixes = [suffix.lower() for suffix in path.suffixes]
        self._is_gzip = suffixes[-1:] == [".gz"]
        kind = (suffixes[:-1] if self._is_gzip else suffixes)[-1:]
        if kind not in ([".jsonl"], [".ndjson"], [".csv"]):
            raise UnreadableFileError(f"{path.name} is neither .jsonl nor .csv (either may end in .gz)")
        self._path = path
        self._is_csv = kind == [".csv"]
        self._file: IO[bytes] | None = None
        try:
            self.bytes_total = path.stat().st_size
        except OSError as problem:
            raise UnreadableFileError(f"{path}: {problem.strerror}") from problem

    @property
    def bytes_read(self) -> int:
        return self._file.tell() if self._file is not None and not self._file.closed else 0

    def lines(self) -> Iterator[Line]:
        """Each product once, good or bad; raises `UnreadableFileError` where the file itself is damaged."""
        try:
            with self._path.open("rb") as self._file:
                content: IO[bytes] = gzip.GzipFile(fileobj=self._file) if self._is_gzip else self._file  # type: ignore[assignment]
                yield from _products_of_csv(content) if self._is_csv else _products_of_json(content)
        except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
            raise UnreadableFileError(f"{self._path.name} is damaged: {problem}") from problem
        except OSError as problem:
            raise UnreadableFileError(f"{self._path}: {problem.strerror or problem}") from problem


def _products_of_json(content: IO[bytes]) -> Iterator[Line]:
    number = 0
    while line := content.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            while line and not line.endswith(b"\n"):
                line = content.readline(MAX_LINE_BYTES)
            yield Line(number, None, f"the line is longer than {MAX_LINE_BYTES} bytes")
        elif line.strip():
            yield _json_line(number, line)


def _json_line(number: int, line: bytes) -> Line:
    try:
        content = orjson.loads(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)
    except orjson.JSONDecodeError as problem:
        return Line(number, None, f"no valid JSON: {problem}")
    return Line(number, content) if isinstance(content, dict) else Line(number, None, "the line is no JSON object")


def _products_of_csv(content: IO[bytes]) -> Iterator[Line]:
    """Lines that follow one another with the same external_id are one product; its own columns come from the first."""
    text = io.TextIOWrapper(content, encoding="utf-8-sig", errors="replace", newline="")
    rows = csv.DictReader(text, restkey="", restval="")
    try:
        if "external_id" not in (rows.fieldnames or ()):
            raise UnreadableFileError("the first line of the CSV file must name its columns, external_id among them")
        numbered = ((rows.line_num, row) for row in rows)
        for _, group in groupby(numbered, key=lambda item: item[1]["external_id"]):
            yield _csv_product(list(group))
    except csv.Error as problem:
        raise UnreadableFileError(f"line {rows.line_num}: {problem}") from problem
    finally:
        text.detach()


def _csv_product(lines: list[tuple[int, dict[str, Any]]]) -> Line:
    number, first = lines[0]
    if any("" in row for _, row in lines):
        return Line(number, None, "a line has more fields than the header has columns")
    try:
        options = [name for column, name in _columns(first, "option.") if any(row[column] for _, row in lines)]
        product = _product_fields(first) | {"options": options}
        product["variants"] = _variants([row for _, row in lines])
    except ValueError as problem:
        return Line(number, None, str(problem))
    return Line(number, product)


PLAIN = ("external_id", "slug", "title", "description", "brand", "kind", "status", "tax_class", "released")
LISTS = {"category": ">", "collections": LIST_SEPARATOR}
VARIANT_PLAIN = ("sku", "mpn", "origin_country", "hs_code", "image")
VARIANT_LISTS = ("gtins", "identifiers")


def _product_fields(row: dict[str, Any]) -> dict[str, Any]:
    product: dict[str, Any] = {name: row[name] for name in PLAIN if row.get(name)}
    product |= {name: _split(row[name], by) for name, by in LISTS.items() if row.get(name)}
    product["images"] = [{"url": url} for url in _split(row.get("images", ""), LIST_SEPARATOR)]
    product["attributes"] = {key: _fact(row[column]) for column, key in _columns(row, "attribute.") if row[column]}
    translations: dict[str, dict[str, str]] = {}
    for column, name in _columns(row, "translation."):
        language, _, field = name.partition(".")
        if row[column]:
            translations.setdefault(language, {})[field] = row[column]
    return product | {"translations": translations}


def _variants(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One variant per SKU; lines that repeat a SKU add another vendor's offer of it."""
    variants: dict[str, dict[str, Any]] = {}
    for row in rows:
        sku = row.get("sku") or row["external_id"]
        variant = variants.setdefault(sku, _variant_fields(row, sku))
        if row.get("vendor"):
            variant["offers"].append(_offer(row))
    return list(variants.values())


def _variant_fields(row: dict[str, Any], sku: str) -> dict[str, Any]:
    variant: dict[str, Any] = {name: row[name] for name in VARIANT_PLAIN if row.get(name)} | {"sku": sku, "offers": []}
    variant |= {name: _split(row[name], LIST_SEPARATOR) for name in VARIANT_LISTS if row.get(name)}
    variant["options"] = {name: row[column] for column, name in _columns(row, "option.") if row[column]}
    if row.get("weight_grams"):
        variant["weight_grams"] = _whole(row, "weight_grams")
    if row.get("volume_ml"):
        variant["volume_ml"] = _whole(row, "volume_ml")
    return variant


def _offer(row: dict[str, Any]) -> dict[str, Any]:
    offer: dict[str, Any] = {name: row[name] for name in ("vendor", "condition") if row.get(name)}
    counts = ("min_quantity", "max_quantity", "quantity_step", "per_customer")
    offer |= {name: _whole(row, name) for name in counts if row.get(name)}
    offer["prices"] = [_price(name, row[column]) for column, name in _columns(row, "price.") if row[column]]
    offer["stock"] = [
        {"warehouse": name, "on_hand": _whole(row, column)} for column, name in _columns(row, "stock.") if row[column]
    ]
    return offer


def _price(name: str, amount: str) -> dict[str, str]:
    """`price.EUR` is a price in every market of the currency, `price.de.EUR` one of the market `de` alone."""
    market, _, currency = name.rpartition(".")
    return {"currency": currency, "amount": amount} | ({"market": market} if market else {})


def _columns(row: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    return [(column, column.removeprefix(prefix)) for column in row if column.startswith(prefix)]


def _split(text: str, separator: str) -> list[str]:
    return [part.strip() for part in text.split(separator) if part.strip()]


def _whole(row: dict[str, Any], column: str) -> int:
    try:
        return int(row[column])
    except ValueError:
        raise ValueError(f"{column}: {row[column]!r} is no whole number") from None


def _fact(text: str) -> str | int | float | bool:
    """What an attribute's text says: `true` and `false`, a number, or else the text itself."""
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if str(number) == text:
            return number
    return text
