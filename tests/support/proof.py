# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The proof of a property: many configurations are drawn, built by the roles, read back, and judged as a live account would be."""

from __future__ import annotations

import fcntl
import json

from ansible_collections.slipway.aws.plugins.plugin_utils.properties import PROPERTIES, Environment
from ansible_collections.slipway.aws.tests.support import configurations, many

AT_LEAST = 100
_SHARDS = 6  # runs, each in an emulated account of its own, which gets slow when it is large


def built(folder):
    """Return the environments that were built from what Hypothesis drew. Who comes first builds them, in this folder."""
    drawn, kept = configurations.drawn(AT_LEAST), folder / "built.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_text(json.dumps(many.build(drawn, folder / "many", _SHARDS)))
    return environments(drawn, json.loads(kept.read_text()))


def environments(drawn, found):
    """Return the environments that were built, each with what is known of others."""
    facts = [_facts(one, each["said"]) for one, each in zip(drawn, found, strict=True)]
    return [
        environment(one, each, _others(place, drawn, facts), one["services"])
        for place, (one, each) in enumerate(zip(drawn, found, strict=True))
    ]


def proves(number, environments_built):
    """Fail unless a property holds for every one of a hundred environments; the smallest for which it does not is shown."""
    assert len(environments_built) >= AT_LEAST
    verdicts = [(PROPERTIES[number].verdict(each), each) for each in environments_built]
    broken = [(verdict, each) for verdict, each in verdicts if not verdict["holds"]]
    smallest = min(broken, key=lambda pair: len(pair[1].template["Resources"]), default=None)
    assert smallest is None, _shown(number, smallest, len(broken), len(verdicts))


def _shown(number, found, broken, of):
    verdict, environment = found
    faults = "\n".join(f"- {each['resource']}: {each['evidence']}" for each in verdict["judged"] if not each["holds"])
    services = json.dumps(environment.services, indent=1)
    return (
        f"Property {number} ({verdict['title']}) does not hold for {broken} of {of} configurations."
        f" The smallest is {environment.name} with\n{services}\n{faults}"
    )


def _facts(configuration, said):
    """Return what others know of an environment."""
    return {
        "cidr": said["network_cidr"],
        "log_days": said["platform_log_days"],
        "nat_gateways": said["network_nat_gateways"],
        "deletion_protection": said["compute_protected"],
        "production": configuration["environment"] == "prod",
        "services": configuration["services"],
    }


def _others(place, drawn, facts):
    """Return the facts of the next environment of each other name."""
    order = [*range(place + 1, len(drawn)), *range(place)]
    names = {drawn[each]["environment"]: facts[each] for each in reversed(order)}
    return {name: each for name, each in names.items() if name != drawn[place]["environment"]}


def environment(configuration, found, others, services):
    """Return what was built as it is judged, about some of its services."""
    name, said = configuration["environment"], found["said"]
    group = said["kafka_security_group"]
    return Environment(
        name=name,
        platform=f"retail-{name}",
        template=found["template"],
        physical=found["physical"],
        production=name == "prod",
        services=services,
        kafka={
            "brokers": said["kafka_brokers"],
            "security_group": group,
            "networks": [] if group else [said["kafka_network"]],
        },
        tags={"Environment": name, **said["owned_tags"]},
        log_days=said["platform_log_days"],
        others=others,
    )
