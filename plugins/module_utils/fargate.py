# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The task sizes of Fargate: Amazon ECS developer guide, "Task CPU and memory" (Linux)."""

from __future__ import annotations

_GIB = 1024
_SIZES = {
    256: [512, 1 * _GIB, 2 * _GIB],
    512: [n * _GIB for n in range(1, 5)],
    1024: [n * _GIB for n in range(2, 9)],
    2048: [n * _GIB for n in range(4, 17)],
    4096: [n * _GIB for n in range(8, 31)],
    8192: [n * _GIB for n in range(16, 61, 4)],
    16384: [n * _GIB for n in range(32, 121, 8)],
}


def memory_sizes(cpu):
    """Return the memory sizes in MiB that a number of CPU units may have; none when Fargate has no such task."""
    return _SIZES.get(cpu, [])
