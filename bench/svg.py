"""Plots as SVG: horizontal bars and lines, legible on light and dark pages, with their figures as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LEFT, RIGHT = 720, 250, 70
ROW, TOP, BAR = 30, 44, 16

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .small { font-size: 12px; fill: #57606a }
  .a { fill: #0969da; stroke: #0969da } .b { fill: #8c959f; stroke: #8c959f } .c { fill: #bf8700; stroke: #bf8700 }
  .aim { stroke: #cf222e; stroke-width: 2 } .axis { stroke: #8c959f }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .small { fill: #9198a1 }
    .a { fill: #58a6ff; stroke: #58a6ff } .b { fill: #6e7681; stroke: #6e7681 } .c { fill: #d29922; stroke: #d29922 }
    .aim { stroke: #ff7b72 }
  }
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: parts beside one another, how they are told in words, and where the aim is, if there is one."""

    label: str
    parts: Sequence[float]
    said: str
    aim: float | None = None


def bars(title: str, rows: Sequence[Bar], *, legend: Sequence[str] = ()) -> str:
    """A chart of rows on one scale; `legend` names the parts."""
    height = TOP + ROW * len(rows) + (24 if legend else 8)
    most = max([sum(row.parts) for row in rows] + [row.aim for row in rows if row.aim is not None])
    scale = (WIDTH - LEFT - RIGHT) / most
    drawn = [_text(0, 18, title, "title")]
    for at, row in enumerate(rows):
        drawn += _bar(row, TOP + ROW * at, scale)
    drawn += _legend(legend, height - 10)
    told = "; ".join(f"{row.label}: {row.said}" for row in rows)
    return _document(title, told, height, drawn)


def _bar(row: Bar, top: int, scale: float) -> Sequence[str]:
    drawn = [_text(LEFT - 10, top + 13, row.label, anchor="end")]
    left = float(LEFT)
    for kind, part in zip("abc", row.parts, strict=False):
        drawn.append(f'<rect class="{kind}" x="{left:.1f}" y="{top}" width="{part * scale:.1f}" height="{BAR}"/>')
        left += part * scale
    if row.aim is not None:
        at = LEFT + row.aim * scale
        drawn.append(f'<line class="aim" x1="{at:.1f}" x2="{at:.1f}" y1="{top - 4}" y2="{top + BAR + 4}"/>')
        left = max(left, at)
    return [*drawn, _text(left + 6, top + 13, row.said)]


def _legend(names: Sequence[str], top: int) -> Sequence[str]:
    drawn = []
    for at, (kind, name) in enumerate(zip("abc", names, strict=False)):
        left = LEFT + 150 * at
        drawn.append(f'<rect class="{kind}" x="{left}" y="{top - 10}" width="10" height="10"/>')
        drawn.append(_text(left + 15, top, name, "small"))
    return drawn


PLOT_HEIGHT, FOOT = 200, 40


def line(title: str, points: Sequence[tuple[float, float]], *, across: str, up: str) -> str:
    """A line through points, from zero up; `across` and `up` say what the axes are."""
    most_x, most_y = max(x for x, _ in points), max(y for _, y in points) * 1.1
    inner_left, inner_width, inner_height = 60, WIDTH - 90, PLOT_HEIGHT - TOP
    bottom = TOP + inner_height

    def placed(x: float, y: float) -> str:
        return f"{inner_left + x / most_x * inner_width:.1f},{bottom - y / most_y * inner_height:.1f}"

    path = " ".join(placed(x, y) for x, y in points)
    drawn = [
        _text(0, 18, title, "title"),
        f'<line class="axis" x1="{inner_left}" x2="{inner_left + inner_width}" y1="{bottom}" y2="{bottom}"/>',
        f'<polyline class="a" points="{path}" style="fill:none;stroke-width:2"/>',
        _text(inner_left - 6, bottom, "0", "small", anchor="end"),
        _text(inner_left - 6, TOP + 8, f"{most_y:.0f}", "small", anchor="end"),
        _text(inner_left, bottom + 18, f"0 to {most_x:.0f} {across}; {up}", "small"),
    ]
    told = f"{up}: {points[0][1]:.0f} at first, {points[-1][1]:.0f} after {most_x:.0f} {across}"
    return _document(title, told, PLOT_HEIGHT + FOOT, drawn)


def _text(x: float, y: float, words: str, kind: str = "", *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def _document(title: str, told: str, height: int, drawn: Sequence[str]) -> str:
    inner = "\n  ".join(drawn)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t d">
  <title id="t">{escape(title)}</title>
  <desc id="d">{escape(told)}</desc>
  <style>{STYLE}</style>
  {inner}
</svg>
"""
