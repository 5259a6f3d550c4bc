# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Environments and services of fargate_microservices that nobody has thought of, drawn by Hypothesis."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ansible_collections.slipway.aws.plugins.module_utils.fargate import memory_sizes

SERVICES = (1, 1, 1, 1, 1, 1, 2, 3)  # in an environment; mostly few, as each is built
ENVIRONMENTS = ("develop", "test", "qa", "prod")
# What makes environments different, here as in the inventories: how long logs are kept, and which addresses they have.
_RETENTION = {"develop": [7, 14], "test": [30], "qa": [60], "prod": [90, 120, 180, 365, 731]}
_NETWORKS = {"develop": (0, 63), "test": (64, 127), "qa": (128, 191), "prod": (192, 255)}
_RESERVED = {"default", "endpoints", "services"}  # security groups of the network

_APART = 10
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@st.composite
def names(draw):
    """Draw a name of 3 to 32 characters; the longest only fit when target groups get shorter ones."""
    length = draw(st.integers(3, 32))
    text = draw(st.text(_LETTERS + "-", min_size=length, max_size=length))
    name = (
        ("s" if text[0] not in _LETTERS[:26] else text[0]) + text[1:-1].replace("--", "-x") + ("0" if text[-1] == "-" else text[-1])
    )
    return name if name not in _RESERVED and "--" not in name else "orders"


words = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/=+@", min_size=1, max_size=24).filter(
    lambda word: not word.lower().startswith("aws:")
)
sizes = st.sampled_from([256, 512, 1024, 2048, 4096]).flatmap(
    lambda cpu: st.tuples(st.just(cpu), st.sampled_from(memory_sizes(cpu)))
)
counts = st.tuples(st.integers(1, 10), st.integers(1, 10)).map(sorted)
# Mostly few, as each is built; sometimes as many as a service may have.
how_many_secrets = st.integers(0, 39).map(lambda number: 20 if number == 39 else number % 4)


@st.composite
def services(draw):
    """Draw what one service is and how big it is."""
    (cpu, memory), (tasks, tasks_max) = draw(sizes), draw(counts)
    kind = draw(st.sampled_from(["public", "internal"]))
    return {
        "service_type": kind,
        "service_runtime": draw(st.sampled_from(["nodejs", "python"])),
        "service_cpu": cpu,
        "service_memory_mb": memory,
        "service_port": draw(st.integers(1024, 65535)),
        "service_tasks": tasks,
        "service_tasks_max": tasks_max,
        "service_health_path": draw(st.sampled_from(["/health", "/", "/live?deep=1"])),
        "service_secrets": [
            {"variable": f"SECRET_{number}", "name": f"secret-{number}", "rotation": "nobody else knows how to change it"}
            for number in range(draw(how_many_secrets))
        ],
        **({"service_rule_priority": draw(st.integers(1, 50000))} if kind == "public" else {}),
    }


@st.composite
def configurations(draw):
    """Draw an environment with its services: {environment, kafka, owned, sizes, services}."""
    environment = draw(st.sampled_from(ENVIRONMENTS))
    production = environment == "prod"
    many = draw(st.sampled_from(SERVICES))
    chosen = draw(st.lists(names(), min_size=many, max_size=many, unique=True))
    made = {name: draw(services()) for name in chosen}
    taken = [each["service_rule_priority"] for each in made.values() if "service_rule_priority" in each]
    if len(set(taken)) < len(taken):  # as an inventory would not have it
        made = {
            name: {**each, **({"service_rule_priority": 100 + place} if "service_rule_priority" in each else {})}
            for place, (name, each) in enumerate(made.items())
        }
    zones = draw(st.integers(2, 4))
    spot = 0 if production else draw(st.integers(0, 100))
    providers = [("FARGATE", 100 - spot), ("FARGATE_SPOT", spot)]
    return {
        "environment": environment,
        "services": made,
        "kafka": {"port": draw(st.integers(1024, 65535)), "outside": draw(st.booleans()), "brokers": draw(st.integers(1, 5))},
        "owned": {"Owner": draw(words), "CostCenter": draw(words), "Compliance": draw(words)},
        "sizes": {
            "platform_log_days": draw(st.sampled_from(_RETENTION[environment])),
            "network_cidr": f"10.{draw(st.integers(*_NETWORKS[environment]))}.0.0/{draw(st.sampled_from([16, 18, 20]))}",
            "network_zones": zones,
            "network_nat_gateways": draw(st.integers(1, zones)),
            "compute_capacity_strategy": [{"capacity_provider": name, "weight": weight} for name, weight in providers if weight],
            "compute_protected": production or draw(st.booleans()),
            "security_key_deletion_days": draw(st.integers(7, 30)),
        },
    }


def drawn(count):
    """Return so many configurations, the same ones whenever anybody asks.

    Hypothesis often varies what it has just drawn, so only some of what it draws is taken.
    """
    found = []

    @settings(
        max_examples=count * _APART,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(configurations())
    def collect(configuration):
        found.append(configuration)

    collect()
    return found[::_APART][:count]
