# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Show the results: bench/results/*.json become docs/performance.svg and the figures in docs/performance.md."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

import growth
import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "slipway"  # the same results draw the same file

from matplotlib import pyplot

RESULTS = Path(__file__).parent / "results"
DOCS = Path(__file__).parents[1] / "docs"
PICTURE, PAGE = DOCS / "performance.svg", DOCS / "performance.md"
TITLES = {"test_data_tool_dev": "`test_data_tool/dev`", "services_12": "12 services", "growth": "More and more services"}
BEGIN, END = "<!-- written by make bench -->", "<!-- to here -->"
COLORS = {"local": "#9aa5b1", "mitogen": "#d9a441", "warm": "#1f7a8c", "floor": "#dde3e8"}


def bars(axis, title, taken):
    """Draw one platform: a group of bars per phase, a bar per way, a line from the fastest to the slowest run."""
    phases = list(dict.fromkeys(phase for figures in taken.values() for phase in figures))
    for place, (way, figures) in enumerate(taken.items()):
        for number, phase in enumerate(phases):
            seconds = [each["seconds"] for each in figures.get(phase, [])]
            if not seconds:
                continue
            middle = median(seconds)
            spread = [[middle - min(seconds)], [max(seconds) - middle]]
            label = way if phase == "second" else None
            axis.bar(number + 0.2 * place, middle, 0.18, yerr=spread, color=COLORS[way], label=label)
            axis.text(number + 0.2 * place, max(seconds), f" {middle:.0f}", ha="center", va="bottom", fontsize=7)
    axis.set_xticks([number + 0.3 for number in range(len(phases))], phases)
    axis.set_title(title, fontsize=10)
    axis.set_ylabel("seconds")
    axis.legend(fontsize=8, frameon=False)


def lines(axis, taken):
    """Draw how seconds and CPU seconds of a second converge grow with the number of services."""
    sizes = growth.sizes(taken)
    numbers = [size["services"] for size in sizes]
    for label, style, values in (
        ("seconds", "-", [median(size["second"]) for size in sizes]),
        ("CPU seconds", "--", [size["cpu"] for size in sizes]),
    ):
        axis.plot(numbers, values, style, marker="o", color=COLORS["warm"], label=label)
    axis.set_title("warm, second converge, more and more services", fontsize=10)
    axis.set_xlabel("services")
    axis.legend(fontsize=8, frameon=False)


def table(name, result):
    """Yield title and table of one result: medians in seconds, how many times as fast warm is, and the spread."""
    about, taken = result["about"], result["taken"]
    yield f"### {TITLES[name]}"
    if name == "growth":
        head = f"| {' | '.join(growth.HEAD)} |"
        rows = [f"| {' | '.join(growth.row(size))} |" for size in growth.sizes(taken)]
    else:
        phases = list(dict.fromkeys(phase for figures in taken.values() for phase in figures))
        head = f"| | {' | '.join(phases)} |"
        rows = [f"| {way} | {' | '.join(_cell(taken, way, phase) for phase in phases)} |" for way in taken]
    rule = "|".join("---" for _cell_of_head in head.split("|")[1:-1])
    yield "\n".join([head, f"|{rule}|", *rows])
    yield f"Measured {about['date']}, Python {about['python']}, {about['processors']} cores."


def _cell(taken, way, phase):
    seconds = [each["seconds"] for each in taken[way].get(phase, [])]
    if not seconds:
        return ""
    warm = [each["seconds"] for each in taken.get("warm", {}).get(phase, [])]
    times = (
        f", {median(one / other for one, other in zip(seconds, warm, strict=True)):.2f} times warm"
        if warm and way != "warm"
        else ""
    )
    return f"{median(seconds):.1f} s ({min(seconds):.1f} to {max(seconds):.1f}){times}"


def main():
    """Draw and write down what there is."""
    results = {name: json.loads((RESULTS / f"{name}.json").read_text()) for name in TITLES if (RESULTS / f"{name}.json").exists()}
    before, _begin, rest = PAGE.read_text().partition(BEGIN)
    _old, _end, after = rest.partition(END)
    tables = "\n\n".join(line for name, result in results.items() for line in table(name, result))
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}")
    figure, axes = pyplot.subplots(1, len(results), figsize=(5 * len(results), 3.6), squeeze=False)
    for axis, (name, result) in zip(axes[0], results.items(), strict=True):
        taken = result["taken"]
        axis.spines[["top", "right"]].set_visible(False)
        if name == "growth":
            lines(axis, taken)
        else:
            bars(axis, TITLES[name].strip("`"), taken)
    figure.tight_layout()
    figure.savefig(PICTURE, metadata={"Date": None})


if __name__ == "__main__":
    main()
