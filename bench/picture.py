# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Draw the results: bench/results/*.json become docs/performance.svg."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "slipway"  # the same results draw the same file

from matplotlib import pyplot

RESULTS = Path(__file__).parent / "results"
PICTURE = Path(__file__).parents[1] / "docs/performance.svg"
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
    sizes = sorted({each["services"] for each in taken})
    for key, style in (("seconds", "-"), ("cpu_seconds", "--")):
        values = [median(each[key] for each in taken if (each["services"], each["phase"]) == (size, "second")) for size in sizes]
        axis.plot(sizes, values, style, marker="o", color=COLORS["warm"], label=key.replace("_", " "))
    axis.set_title("warm, second converge, more and more services", fontsize=10)
    axis.set_xlabel("services")
    axis.legend(fontsize=8, frameon=False)


def main():
    """Draw what there is."""
    titles = {"test_data_tool_dev": "test_data_tool/dev", "services_12": "12 services", "growth": ""}
    there = [name for name in titles if (RESULTS / f"{name}.json").exists()]
    figure, axes = pyplot.subplots(1, len(there), figsize=(5 * len(there), 3.6), squeeze=False)
    for axis, name in zip(axes[0], there, strict=True):
        taken = json.loads((RESULTS / f"{name}.json").read_text())["taken"]
        axis.spines[["top", "right"]].set_visible(False)
        if name == "growth":
            lines(axis, taken)
        else:
            bars(axis, titles[name], taken)
    figure.tight_layout()
    figure.savefig(PICTURE, metadata={"Date": None})


if __name__ == "__main__":
    main()
