# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""On which capacity ECS places a task."""

from __future__ import annotations


def launch_type(config):
    """Return the launch type of tasks."""
    if any(step["capacityProvider"].startswith("FARGATE") for step in config.get("capacityProviderStrategy", [])):
        return "FARGATE"
    return config.get("launchType", "EC2")


def next_provider(strategy, present):
    """Return which capacity provider of a strategy gets the next task, when the present ones run on these."""
    if not strategy:
        return None
    counts = {step["capacityProvider"]: present.count(step["capacityProvider"]) for step in strategy}
    for step in strategy:
        if counts[step["capacityProvider"]] < step.get("base", 0):
            return step["capacityProvider"]
    weighted = [step for step in strategy if step.get("weight", 0) > 0] or strategy[:1]

    def behind(step):
        beyond = counts[step["capacityProvider"]] - step.get("base", 0)
        return (beyond + 1) / step.get("weight", 1), -step.get("weight", 1)

    return min(weighted, key=behind)["capacityProvider"]
