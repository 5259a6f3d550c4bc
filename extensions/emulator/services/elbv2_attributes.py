# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Attributes of load balancers: the defaults that moto leaves out, and access logs that need a bucket to let them in."""

from __future__ import annotations

from moto.elbv2.models import elbv2_backends

from ..calls import AwsError
from ..deliveries import may_deliver
from ..registry import operation

# Elastic Load Balancing user guide, "Application Load Balancer attributes".
_DEFAULTS = {
    "access_logs.s3.enabled": "false",
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
_DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"


def _balancer(call):
    balancer = elbv2_backends[call.account][call.region].load_balancers.get(call.params["LoadBalancerArn"])
    if balancer is None:
        raise AwsError("LoadBalancerNotFound", "One or more load balancers not found")
    return balancer


def _attributes(balancer):
    return {**(_DEFAULTS if balancer.type == "application" else {}), **balancer.attrs}


def _shown(balancer):
    return {"Attributes": [{"Key": key, "Value": value} for key, value in _attributes(balancer).items()]}


@operation("elbv2", "DescribeLoadBalancerAttributes")
def describe(call):
    return _shown(_balancer(call))


@operation("elbv2", "ModifyLoadBalancerAttributes")
def modify(call):
    balancer = _balancer(call)
    changes = {each["Key"]: each["Value"] for each in call.params["Attributes"]}
    for key in changes.keys() - _attributes(balancer).keys():
        raise AwsError("InvalidConfigurationRequest", f"Load balancer attribute key '{key}' is not recognized")
    wanted = {**_attributes(balancer), **changes}
    if wanted.get("access_logs.s3.enabled") == "true":
        _let_in(call, balancer, wanted["access_logs.s3.bucket"], wanted["access_logs.s3.prefix"])
    balancer.attrs.update(changes)
    return _shown(balancer)


def _let_in(call, balancer, bucket, prefix):
    """Refuse a bucket that does not let the load balancer deliver, as AWS does with a test object."""
    key = f"{prefix + '/' if prefix else ''}AWSLogs/{call.account}/ELBAccessLogTestFile"
    let = may_deliver(call.account, bucket, key, _DELIVERY, balancer.arn)
    if let is None:
        raise AwsError("InvalidConfigurationRequest", f"The bucket {bucket} does not exist")
    if not let:
        raise AwsError("InvalidConfigurationRequest", f"Access Denied for bucket: {bucket}. Please check S3bucket permission")
