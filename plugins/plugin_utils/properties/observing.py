# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is written down and watched: logs, metrics, alarms, and who is told."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.plugin_utils.properties.balancing import attribute
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.encryption import encryption_of
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.model import (
    ALARM,
    BUCKET,
    CLUSTER,
    LOAD_BALANCER,
    LOG_GROUP,
    PIPELINE,
    TOPIC,
    VPC,
    missing,
)
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.references import dig, spelled
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.registry import Judged, prop

_DAYS = 90
_WATCHED = {"cpu": "CPU", "memory": "Memory", "tasks": "Task"}  # how an alarm's name ends, and what its metric's name holds


@prop(9, "CloudWatch log retention", controls=("AU-9", "CC7.2"))
def kept(environment):
    """In production every log group keeps what is written for 90 days at least; elsewhere it says for how long. Those of services
    keep it at least as long as the inventory wants."""
    groups, faults = environment.some(LOG_GROUP, "log group")
    yield from faults
    wanted = {each.log_group_name: each.options.get("service_log_days", environment.log_days) for each in environment.every_service}
    for each in groups:
        days = each.get("RetentionInDays", 0)
        least = max(_DAYS if environment.production else 1, int(wanted.get(each.name, 0)))
        yield each.judged(days >= least, f"{days or 'no number of'} days, {least} at least")


@prop(11, "Container insights enabled", controls=("CC7.2",))
def insights(environment):
    """Every cluster has container insights, plain or enhanced."""
    clusters, faults = environment.some(CLUSTER, "cluster")
    yield from faults
    for each in clusters:
        told = {one["Name"]: one.get("Value") for one in each.get("ClusterSettings", [])}
        value = told.get("containerInsights", "disabled")
        yield each.judged(value in ("enabled", "enhanced"), f"container insights {value}")


@prop(
    29,
    "Service-specific log groups",
    controls=("AU-2", "CC7.2"),
    corrected="Environments may share an account, so the name of the environment comes before that of the service.",
)
def own_log_group(environment):
    """The containers of every service write into the service's own log group, `/ecs/<environment>/<service>`, and into no other."""
    for service in environment.every_service:
        told = {spelled(dig(each, "LogConfiguration.Options", {}).get("awslogs-group")) for each in service.containers}
        where = service.definition.logical if service.definition else f"task definition {service.family}"
        yield Judged(where, told == {service.log_group_name}, f"writes into {', '.join(sorted(told)) or 'no log group'}")


@prop(30, "CloudWatch alarms creation", controls=("CC7.2",))
def watched(environment):
    """Every service has alarms about its CPU, its memory and its number of tasks, and each of them tells somebody."""
    for service in environment.every_service:
        for ending, noun in _WATCHED.items():
            alarm = environment.one(ALARM, f"{service.prefix}-{ending}")
            if not alarm:
                yield missing(f"alarm {service.prefix}-{ending}")
                continue
            metrics = [name for name in _metrics(alarm, service) if noun in name]
            told = environment.targets(alarm.get("AlarmActions"), TOPIC)
            names = ", ".join(each.name for each in told)
            yield alarm.judged(metrics and told, f"watches {', '.join(metrics) or 'something else'}, tells {names or 'nobody'}")


def _metrics(alarm, service):
    """Return the names of the metrics of an alarm that are about a service."""
    several = [dig(each, "MetricStat.Metric", {}) for each in alarm.get("Metrics", [])]
    for each in [alarm.properties, *several]:
        dimensions = {one["Name"]: spelled(one.get("Value")) for one in each.get("Dimensions", [])}
        if dimensions.get("ServiceName") == service.name and dimensions.get("ClusterName") == service.environment.platform:
            yield each.get("MetricName", "")


@prop(
    31,
    "ALB access logging",
    controls=("AU-2", "AU-9", "CC7.2"),
    corrected="The bucket is encrypted with keys of S3 itself: AWS delivers these logs to nothing else.",
)
def requests_written_down(environment):
    """Every load balancer writes its requests into a bucket of the environment, which encrypts them."""
    balancers = environment.resources(LOAD_BALANCER)
    if not balancers:
        why = "services are public and there is none"
        yield missing("load balancer", why) if environment.public else Judged("services", True, "none is public")
    for each in balancers:
        writes = attribute(each, "LoadBalancerAttributes", "access_logs.s3.enabled") == "true"
        name = attribute(each, "LoadBalancerAttributes", "access_logs.s3.bucket")
        bucket = environment.target(name, BUCKET) if name else None
        algorithm = encryption_of(bucket)[0] if bucket else None
        told = f"writes into {name}, {algorithm or 'not encrypted or unknown'}" if writes else "writes nothing down"
        yield each.judged(writes and algorithm, told)


@prop(32, "Pipeline notifications", controls=("AU-2", "CC7.2", "CC8.1"))
def pipelines_tell(environment):
    """Every pipeline has a rule that sends what happens to it to a topic of the environment."""
    pipelines, faults = environment.some(PIPELINE, "pipeline")
    yield from faults
    for each in pipelines:
        rules = [one for one in environment.resources("AWS::CodeStarNotifications::NotificationRule") if _about(one, each)]
        working = [one for one in rules if one.get("Status", "ENABLED") == "ENABLED" and one.get("EventTypeIds")]
        topics = [topic for one in working for topic in _topics(environment, one)]
        yield each.judged(topics, f"tells {', '.join(topic.name for topic in topics) or 'nobody'}")


def _about(rule, pipeline):
    return spelled(rule.get("Resource")).endswith(f":{pipeline.name}")


def _topics(environment, rule):
    return environment.targets([each.get("TargetAddress") for each in rule.get("Targets", [])], TOPIC)


@prop(36, "VPC Flow Logs enabled", controls=("AU-2", "SC-7", "SC-28", "CC7.2"))
def traffic_written_down(environment):
    """The traffic of every VPC is written down, all of it, into a log group that a customer key encrypts."""
    networks, faults = environment.some(VPC, "VPC")
    yield from faults
    for network in networks:
        found = environment.resources("AWS::EC2::FlowLog")
        own = [each for each in found if environment.target(each.get("ResourceId"), VPC) is network]
        if not own:
            yield network.judged(False, "nobody writes its traffic down")
        for each in own:
            group = environment.target(each.get("LogGroupName"), LOG_GROUP)
            key = environment.key(group.get("KmsKeyId")) if group else None
            traffic = each.get("TrafficType")
            told = f"{traffic} traffic into {group.name if group else 'no log group of the environment'}"
            yield each.judged(traffic == "ALL" and key, f"{told}, {f'key {key.logical}' if key else 'no customer key'}")


@prop(56, "AWS Config enabled", controls=("AU-2", "CM-2", "CC7.2"))
def recorded(environment):
    """AWS Config records, now and resources of all types, those of IAM too, and delivers what it records."""
    recorders, faults = environment.some("AWS::Config::ConfigurationRecorder", "Config recorder")
    yield from faults
    for each in recorders:
        group = each.get("RecordingGroup", {})
        everything = group.get("AllSupported") is True or dig(group, "RecordingStrategy.UseOnly") == "ALL_SUPPORTED_RESOURCE_TYPES"
        identities = group.get("IncludeGlobalResourceTypes") is True
        started = each.get("StartedOnCreate", True)  # what the reader says of it is whether it records now
        told = f"{'records' if started else 'is stopped, would record'} {'all types' if everything else 'some types'}"
        yield each.judged(everything and identities and started, f"{told}{', IAM too' if identities else ''}")
    channels = environment.resources("AWS::Config::DeliveryChannel")
    if recorders and not channels:
        yield missing("Config delivery channel")
    for each in channels:
        yield each.judged(each.get("S3BucketName"), f"delivers into {spelled(each.get('S3BucketName')) or 'nothing'}")
