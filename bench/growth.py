# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What growth comes to: figures of each size, and what one more service takes from one size to the next."""

from __future__ import annotations

from statistics import median


def sizes(taken):
    """Return [{services, fresh, second, cpu, requests, server_mb, further}] by size, from [{services, phase, round, ...}].

    further: the seconds of one more service since the size before, the median of what each round says, and how far rounds differ.
    """
    found = []
    for services in sorted({each["services"] for each in taken}):
        fresh, second = ([each for each in taken if (each["services"], each["phase"]) == (services, phase)] for phase in _PHASES)
        found.append(
            {
                "services": services,
                "fresh": median(each["seconds"] for each in fresh),
                "second": sorted(each["seconds"] for each in second),
                "cpu": median(each["cpu_seconds"] for each in second),
                "requests": second[0]["requests"],
                "server_mb": max(each["server_mb"] for each in (*fresh, *second)),
                "further": _further(taken, found[-1]["services"], services) if found else [],
            }
        )
    return found


_PHASES = ("fresh", "second")


def _further(taken, fewer, more):
    rounds = {(each["round"], each["services"]): each["seconds"] for each in taken if each["phase"] == "second"}
    numbers = sorted({number for number, _services in rounds})
    return sorted((rounds[number, more] - rounds[number, fewer]) / (more - fewer) for number in numbers)


def row(size):
    """Return the figures of a size as texts: services, fresh, second, CPU, one more service, requests, server."""
    second, further = size["second"], size["further"]
    return [
        str(size["services"]),
        f"{size['fresh']:.1f} s",
        f"{median(second):.1f} s ({second[0]:.1f} to {second[-1]:.1f})",
        f"{size['cpu']:.1f} s",
        f"{median(further):.2f} s ({further[0]:.2f} to {further[-1]:.2f})" if further else "",
        str(size["requests"]),
        f"{size['server_mb']} MB",
    ]


HEAD = ["services", "fresh", "second", "CPU of second", "one more service", "requests", "largest process of the server"]
