# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How long it takes: ``make bench``. Ways take turns within each round, so that a slow minute of the machine meets all of them."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import growth
from runs import ONLY_WARM, PHASES, ROOT, WAYS, Life

RESULTS = ROOT / "bench/results"


def compare(services, rounds, ways, phases):
    """Return {way: {phase: [what it took, ...]}}, with the floor as a way of its own."""
    taken = {way: {} for way in [*ways, "floor"]}
    for number in range(rounds):
        for way in ways:
            with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder, Life(Path(folder) / "life", way, services) as life:
                for phase in PHASES:
                    if phase != "fresh" and (phase not in phases or (phase in ONLY_WARM and way != "warm")):
                        continue
                    _note(f"round {number + 1} of {rounds}: {way} {phase}")
                    taken[way].setdefault(phase, []).append(life.run(phase))
                    if way == "warm" and phase in ("second", "limit"):
                        taken["floor"].setdefault(phase, []).append(life.floor())
    return {way: figures for way, figures in taken.items() if figures}


def grow(sizes, rounds):
    """Return [{services, phase, round, ...}] of warm runs with more and more services.

    All platforms are built first, then they take turns: so what one more service takes comes from the same minutes.
    """
    taken = []
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder, ExitStack() as open_lives:
        lives = {services: open_lives.enter_context(Life(Path(folder) / str(services), "warm", services)) for services in sizes}
        for number in range(rounds + 1):
            phase = "second" if number else "fresh"
            for services, life in lives.items():
                _note(f"round {number} of {rounds}: {services} services, {phase}")
                taken.append({"services": services, "phase": phase, "round": number, **life.run(phase)})
    return taken


def table(title, taken):
    """Print medians, with the smallest and the largest, and how many times faster warm is."""
    print(f"\n{title}: seconds (smallest to largest)\n{'':10}" + "".join(f"{phase:>24}" for phase in PHASES))
    for way, figures in taken.items():
        cells = []
        for phase in PHASES:
            seconds = [each["seconds"] for each in figures.get(phase, [])]
            cells.append(f"{statistics.median(seconds):.1f} ({min(seconds):.1f} to {max(seconds):.1f})" if seconds else "")
        print(f"{way:10}" + "".join(f"{cell:>24}" for cell in cells))
    for way in [way for way in taken if way != "warm" and "warm" in taken]:
        ratios = {phase: ratio(taken, way, phase) for phase in PHASES if phase in taken[way] and phase in taken.get("warm", {})}
        print(f"{way} / warm".ljust(16) + "  ".join(f"{phase} {value:.2f}" for phase, value in ratios.items()))


def ratio(taken, way, phase):
    """Return the median of the ratios within each round."""
    pairs = zip(taken[way][phase], taken["warm"][phase], strict=True)
    return statistics.median(one["seconds"] / warm["seconds"] for one, warm in pairs)


def _note(words):
    print(time.strftime("%H:%M:%S"), words, flush=True)


def main():
    """Read the command line, measure, write bench/results/<name>.json."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--services", type=int, nargs="*", default=[0, 12], help="platforms to compare on (0: test_data_tool/dev)")
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=list(WAYS))
    parser.add_argument("--phases", nargs="*", default=list(PHASES), choices=PHASES)
    parser.add_argument("--growth", type=int, nargs="*", default=[3, 12, 48, 96], help="numbers of services")
    options = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    for services in options.services:
        name = f"services_{services}" if services else "test_data_tool_dev"
        taken = compare(services, options.rounds, options.ways, options.phases)
        table(name, taken)
        _write(name, taken)
    if options.growth:
        taken = grow(options.growth, options.rounds)
        _write("growth", taken)
        for cells in (growth.HEAD, *(growth.row(size) for size in growth.sizes(taken))):
            print("".join(f"{cell:>26}" for cell in cells))


def _write(name, taken):
    about = {"date": time.strftime("%Y-%m-%d"), "python": platform.python_version(), "processors": os.cpu_count()}
    (RESULTS / f"{name}.json").write_text(json.dumps({"about": about, "taken": taken}, indent=1) + "\n")


if __name__ == "__main__":
    main()
