# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Malformed arguments, by module: the options that make a sound run an unsound one, and the option that the message names.

The tables ``invalid`` of cases/ have what is particular about a module, test_chain.py runs those; here stands what they lack: wrong
types and choices, numbers out of range, names, ARNs, networks and schedules that cannot be.
"""

from __future__ import annotations

# What a sound run of a module has, where the table of its case does not have all of it.
SOUND = {
    "application_autoscaling_policy": {"name": "cpu", "resource_id": "service/shop/api"},
    "application_autoscaling_target": {"resource_id": "service/shop/api", "min_capacity": 1, "max_capacity": 4},
    "cdn_info": {"name": "shop-dev", "hostname": "shop.example"},
    "codebuild_build_info": {"name": "shop"},
    "codepipeline_info": {"name": "shop"},
    "compute_info": {"name": "shop-dev"},
    "database_info": {"name": "shop-dev"},
    "dns_info": {"name": "shop.example"},
    "ec2_security_groups": {"vpc_id": "vpc-1", "groups": []},
    "ec2_vpc_endpoint": {"vpc_id": "vpc-1", "service_name": "s3", "vpc_endpoint_type": "Gateway"},
    "ec2_vpc_flow_log": {"name": "shop", "resource_id": "vpc-1", "log_destination": "arn:aws:s3:::shop-flow-logs"},
    "ec2_vpc_nat_gateway": {"name": "shop-0", "subnet_id": "subnet-1"},
    "ec2_vpc_route_table": {"name": "shop-public", "vpc_id": "vpc-1"},
    "ecs_service_deployment_info": {"name": "api", "cluster": "shop"},
    "ecs_service_info": {"cluster": "shop"},
    "elb_listener": {"load_balancer": "shop", "port": 443, "protocol": "HTTPS"},
    "elb_target_health_info": {"name": "api"},
    "neighbours_info": {"network": "shop-dev"},
    "network_info": {"name": "shop-dev"},
    "recovery_info": {
        "replaces": "shop-prod",
        "replaced_region": "eu-west-1",
        "cluster": "shop",
        "services": ["web"],
        "began": 0.0,
    },
    "security_info": {"name": "shop-dev"},
    "servicediscovery_service": {"name": "api", "namespace": "dev.internal"},
    "service_image_info": {"repository": "shop/api", "cluster": "shop", "service": "api"},
    "environment_template_info": {"tags": {"Project": "Shop"}},
    "source_info": {"name": "shop-dev", "provider_type": "GitHub"},
    "storage_info": {"name": "shop-dev"},
}

_EVERY_HOUR = {"scan_frequency": "HOURLY", "repository_filters": ["*"]}
_NIGHT = {"name": "night", "min_capacity": 0, "max_capacity": 1}
_IMAGE = {"repository": "shop/api", "cluster": "shop", "service": "api"}


def _to(*destinations, **rule):
    return {"replication_configuration": {"rules": [{"destinations": list(destinations), **rule}]}}


def _strategy(*steps):
    return {"default_capacity_provider_strategy": [{"capacity_provider": "FARGATE", **step} for step in steps]}


def _route(network, target="gateway_id"):
    return {"routes": [{"destination_cidr_block": network, target: "igw-1"}]}


def _record(kind, *values, **more):
    return {"type": kind, "values": list(values), **more}


def _pass(*, way="ingress", **rule):
    end = {"from": "internet"} if way == "ingress" else {"to": "internet"}
    return {"groups": [{"name": "web", "description": "HTTPS", way: [{**end, **rule}]}]}


def _groups(*names, **more):
    return {"groups": [{"name": name, "description": "HTTPS", **more} for name in names]}


REFUSALS = {
    "acm_certificate_request": [
        ({"name": "shop example"}, "name"),
        ({"name": "localhost"}, "name"),
        ({"subject_alternative_names": ["www.*.shop.example"]}, "subject_alternative_names"),
        ({"key_algorithm": "RSA_512"}, "key_algorithm"),
    ],
    "application_autoscaling_policy": [
        ({"policy_type": "Tracking"}, "policy_type"),
        ({"target_tracking_scaling_policy_configuration": {"target_value": "much"}}, "target_value"),
    ],
    "application_autoscaling_target": [
        ({"scheduled_actions": [{**_NIGHT, "schedule": "every night"}]}, "schedule"),
        ({"scheduled_actions": [{**_NIGHT, "schedule": "cron(0 22 * * * *)"}]}, "schedule"),
        ({"scheduled_actions": [{**_NIGHT, "schedule": "rate(1 days)"}]}, "schedule"),
        ({"role_arn": "scaling"}, "role_arn"),
        ({"min_capacity": "one"}, "min_capacity"),
    ],
    "backup_plan": [
        (
            {"rules": [{"rule_name": "d", "target_backup_vault_name": "v", "enable_continuous_backup": "perhaps"}]},
            "enable_continuous_backup",
        ),
        ({"rules": [{"rule_name": "daily"}]}, "target_backup_vault_name"),
        (
            {"rules": [{"rule_name": "d", "target_backup_vault_name": "v", "start_window_minutes": "an hour"}]},
            "start_window_minutes",
        ),
    ],
    "backup_selection": [
        ({"iam_role_arn": "backup"}, "iam_role_arn"),
        ({"name": "everything that matters"}, "name"),
        ({"conditions": "Project"}, "conditions"),
    ],
    "cdn_info": [({"required": "perhaps"}, "required"), ({"hostname": ""}, "hostname")],
    "cloudfront_distribution": [({"price_class": "PriceClass_1"}, "price_class"), ({"http_version": "http4"}, "http_version")],
    "cloudfront_origin_access_control": [
        ({"name": "x" * 65}, "name"),
        ({"description": "x" * 257}, "description"),
        ({"origin_type": "ec2"}, "origin_type"),
        ({"signing_behavior": "sometimes"}, "signing_behavior"),
    ],
    "cloudwatch_alarm": [({"statistic": "Mean"}, "statistic"), ({"threshold": "high"}, "threshold")],
    "codebuild_build_info": [({"builds": 0}, "builds"), ({"builds": "all"}, "builds"), ({"ids": ["shop:1"]}, "ids")],
    "codebuild_report_group": [
        ({"name": "x"}, "name"),
        ({"type": "LINT"}, "type"),
        (
            {"export_config": {"export_config_type": "S3", "s3_destination": {"bucket": "reports", "bucket_owner": "us"}}},
            "bucket_owner",
        ),
    ],
    "codecommit_approval_rule_template": [({"approvals": "two"}, "approvals"), ({"name": "x" * 101}, "name")],
    "codecommit_repository": [({"name": "shop.git"}, "name"), ({"name": "shop repository"}, "name")],
    "codeconnections_connection": [({"provider_type": "Gitea"}, "provider_type")],
    "codedeploy_application": [
        ({"name": "x" * 101}, "name"),
        ({"compute_platform": "EKS"}, "compute_platform"),
        ({"tags": ["Shop"]}, "tags"),
    ],
    "codepipeline_info": [({"executions": 0}, "executions"), ({"executions": "all"}, "executions")],
    "compute_info": [({"required": "perhaps"}, "required"), ({"name": ""}, "name")],
    "database_info": [({"required": "perhaps"}, "required"), ({"name": ""}, "name")],
    "dns_info": [({"required": "perhaps"}, "required"), ({"name": ""}, "name")],
    "ec2_security_groups": [
        ({"vpc_id": "shop"}, "vpc_id"),
        (_groups("sg-web"), "name"),
        (_groups("web "), "name"),
        (_groups("w\u00e4b"), "name"),
        (_groups("x" * 256), "name"),
        (_groups("web", "web"), "web"),
        (_groups("web", description=""), "description"),
        (_groups("web", description="what's in"), "description"),
        (_groups("web", tags="Shop"), "tags"),
        (_pass(), "port"),
        (_pass(port=65536), "port"),
        (_pass(port="8010-8000"), "port"),
        (_pass(port="https"), "port"),
        (_pass(port=443, protocol="icmp"), "port"),
        (_pass(port=443, protocol="gre"), "protocol"),
        (_pass(**{"port": 443, "from": ""}), "from"),
        (_pass(**{"port": 443, "from": "10.0.0.1/16"}), "from"),
        (_pass(**{"port": 443, "from": "10.0.0.1"}), "from"),
        (_pass(**{"port": 443, "from": "10.0.0/24"}), "from"),
        (_pass(**{"port": 443, "from": "2001:db8::1/32"}), "from"),
        (_pass(way="egress", port=443, to="10.0.0.0/33"), "to"),
        (_pass(port=443, description="x" * 256), "description"),
        ({"groups": [{"name": "web", "description": "HTTPS", "ingress": [{"port": 443, "to": "internet"}]}]}, "from"),
    ],
    "ec2_vpc_endpoint": [
        ({"vpc_id": "shop"}, "vpc_id"),
        ({"route_table_ids": ["public"]}, "route_table_ids"),
        ({"vpc_endpoint_type": "Interface", "subnet_ids": ["private"]}, "subnet_ids"),
        ({"vpc_endpoint_type": "Interface", "security_group_ids": ["default"]}, "security_group_ids"),
        ({"vpc_endpoint_type": "Peering"}, "vpc_endpoint_type"),
    ],
    "ec2_vpc_flow_log": [
        ({"log_destination": "shop-flow-logs"}, "log_destination"),
        ({"deliver_logs_permission_arn": "flow-logs"}, "deliver_logs_permission_arn"),
        ({"max_aggregation_interval": 300}, "max_aggregation_interval"),
        ({"traffic_type": "SOME"}, "traffic_type"),
    ],
    "ec2_vpc_nat_gateway": [
        ({"subnet_id": "public"}, "subnet_id"),
        ({"wait_timeout": "long"}, "wait_timeout"),
        ({"name": ""}, "name"),
    ],
    "ec2_vpc_route_table": [
        (_route("0.0.0.0"), "destination_cidr_block"),
        (_route("10.0.0.1/16"), "destination_cidr_block"),
        (_route("10.0.0.0/33"), "destination_cidr_block"),
        ({"vpc_id": "shop"}, "vpc_id"),
        ({"subnet_ids": ["public"]}, "subnet_ids"),
    ],
    "ecr_registry": [
        (_to({"region": "Frankfurt"}), "region"),
        (_to({"region": "eu-central-1", "registry_id": "123"}), "registry_id"),
        ({"scanning_configuration": {"scan_type": "ENHANCED", "rules": [_EVERY_HOUR]}}, "scan_frequency"),
        ({"scanning_configuration": {"scan_type": "DEEP"}}, "scan_type"),
    ],
    "ecr_replication_rule": [
        ({"prefix": "Shop/"}, "prefix"),
        ({"prefix": "s"}, "prefix"),
        ({"prefix": "shop//"}, "prefix"),
        ({"prefix": "s" * 257}, "prefix"),
        ({"destinations": [{"region": "Frankfurt"}]}, "region"),
        ({"destinations": [{"region": "eu-central-1", "registry_id": "123"}]}, "registry_id"),
        ({"delete_replication": "sometimes"}, "delete_replication"),
    ],
    "ecr_repository": [
        ({"name": "Shop/API"}, "name"),
        ({"name": "shop//api"}, "name"),
        (
            {"image_tag_mutability": "IMMUTABLE_WITH_EXCLUSION", "image_tag_mutability_exclusion_filters": list("abcdef")},
            "image_tag_mutability_exclusion_filters",
        ),
        ({"encryption_configuration": {"encryption_type": "ROT13"}}, "encryption_type"),
    ],
    "ecs_cluster": [
        ({"name": "shop production"}, "name"),
        ({"container_insights": "on"}, "container_insights"),
        (_strategy({"weight": 1001}), "weight"),
        (_strategy({"base": -1}), "base"),
        (_strategy({"base": 1}, {"base": 1}), "default_capacity_provider_strategy"),
        ({"configuration": {"execute_command_configuration": {"logging": "OVERRIDE"}}}, "log_configuration"),
    ],
    "ecs_service": [({"desired_count": "many"}, "desired_count"), ({"propagate_tags": "ALL"}, "propagate_tags")],
    "ecs_service_deployment_info": [
        ({"limit": 0}, "limit"),
        ({"limit": "all"}, "limit"),
        ({"status": ["DONE"]}, "status"),
    ],
    "ecs_service_info": [({"events": -1}, "events"), ({"cluster": ""}, "cluster")],
    "elb_listener": [
        ({"port": 70000}, "port"),
        ({"port": "https"}, "port"),
        ({"certificate_arn": "shop.example"}, "certificate_arn"),
        ({"protocol": "FTP"}, "protocol"),
    ],
    "elb_target_health_info": [
        ({"wait_for_healthy": -1}, "wait_for_healthy"),
        ({"wait_for_healthy": "all"}, "wait_for_healthy"),
        ({"name": ""}, "name"),
    ],
    "logs_query_definition": [
        ({"name": "x" * 256}, "name"),
        ({"query_language": "KQL"}, "query_language"),
        ({"query_string": "x" * 10001}, "query_string"),
        ({"log_group_names": [f"/shop/{number}" for number in range(51)]}, "log_group_names"),
    ],
    "network_info": [({"required": "perhaps"}, "required"), ({"name": ""}, "name")],
    "rds_instance": [
        ({"name": "9lives"}, "name"),
        ({"name": "shop--dev"}, "name"),
        ({"port": 80}, "port"),
        ({"port": "mysql"}, "port"),
        ({"storage_type": "ssd"}, "storage_type"),
        ({"vpc_security_group_ids": ["default"]}, "vpc_security_group_ids"),
        ({"preferred_backup_window": "at night"}, "preferred_backup_window"),
        ({"preferred_backup_window": "23:00-24:00"}, "preferred_backup_window"),
        ({"preferred_maintenance_window": "sunday"}, "preferred_maintenance_window"),
        ({"backup_retention_period": -1}, "backup_retention_period"),
    ],
    "route53_record": [
        (_record("A", "256.0.0.1"), "values"),
        (_record("AAAA", "192.0.2.1"), "values"),
        (_record("A", "shop.example"), "values"),
        (_record("TXT", "x", ttl=-1), "ttl"),
        (_record("TXT", "x", weight=256, set_identifier="a"), "weight"),
        (_record("TEXT", "x"), "type"),
    ],
    "recovery_info": [
        ({"replaced_region": "us-east-1"}, "replaced_region"),
        ({"services": []}, "services"),
        ({"began": -1.0}, "began"),
        ({"rto_minutes": -1}, "rto_minutes"),
        ({"rpo_minutes": -1}, "rpo_minutes"),
    ],
    "secretsmanager_rotation_schedule": [
        ({"automatically_after_days": 0}, "automatically_after_days"),
        ({"automatically_after_days": 1001}, "automatically_after_days"),
        ({"automatically_after_days": None, "schedule_expression": "monthly"}, "schedule_expression"),
        ({"automatically_after_days": None, "schedule_expression": "cron(0 8 1 * 1 *)"}, "schedule_expression"),
        ({"duration": "3 hours"}, "duration"),
        ({"duration": "25h"}, "duration"),
        ({"rotation_lambda_arn": "rotate"}, "rotation_lambda_arn"),
    ],
    "secretsmanager_secret": [
        ({"name": "the key of the shop"}, "name"),
        ({"generate": {"length": 3}}, "length"),
        ({"generate": {"length": 4097}}, "length"),
        ({"replicas": [{"region": "Ireland"}]}, "replicas"),
        ({"replicas": [{"region": "eu-west-1"}, {"region": "eu-west-1"}]}, "replicas"),
        ({"update_value": "sometimes"}, "update_value"),
    ],
    "security_info": [({"required": "perhaps"}, "required"), ({"name": ""}, "name")],
    "neighbours_info": [
        ({"image": {"repository": "shop/api", "service": "api"}}, "cluster"),
        ({"image": {**_IMAGE, "strategy": "FAST"}}, "strategy"),
    ],
    "service_image_info": [({"cluster": ""}, "cluster"), ({"repository": ""}, "repository")],
    "servicediscovery_namespace": [
        ({"name": "dev internal"}, "name"),
        ({"type": "PRIVATE"}, "type"),
        ({"soa_ttl": -1}, "soa_ttl"),
    ],
    "servicediscovery_service": [
        ({"dns_records": [{"type": "A", "ttl": -1}]}, "ttl"),
        ({"health_check_config": {"type": "HTTP", "failure_threshold": 11}}, "failure_threshold"),
        ({"routing_policy": "RANDOM"}, "routing_policy"),
    ],
    "sns_topic": [
        ({"name": "shop alarms"}, "name"),
        ({"signature_version": "3"}, "signature_version"),
        ({"policy": "{'Version': wrong}"}, "policy"),
        ({"subscriptions": [{"protocol": "pigeon", "endpoint": "loft"}]}, "protocol"),
    ],
    "environment_template_info": [({"tags": {}}, "tags"), ({"tags": "Shop"}, "tags")],
    "source_info": [({"provider_type": "Perforce"}, "provider_type"), ({"name": ""}, "name")],
    "storage_info": [({"required": "perhaps"}, "required"), ({"name": ""}, "name")],
}
