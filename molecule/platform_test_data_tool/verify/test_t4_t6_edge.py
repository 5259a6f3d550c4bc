# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""T4 and T6: the frontend is reached through CloudFront only, the backend through TLS 1.2 or better only."""

from __future__ import annotations

import json

import pytest

NAME = "test-data-tool-dev"
BUCKET = f"{NAME}-frontend-123456789012"
LOGS = f"{NAME}-logs-123456789012"
DOMAIN = "dev.test-data-tool.example.com"


@pytest.fixture(scope="session")
def distribution(aws):
    cloudfront = aws("cloudfront")
    [row] = cloudfront.list_distributions()["DistributionList"]["Items"]
    return cloudfront.get_distribution(Id=row["Id"])["Distribution"]


@pytest.fixture(scope="session")
def records(aws):
    [zone] = aws("route53").list_hosted_zones()["HostedZones"]
    found = aws("route53").list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    return {(row["Name"].rstrip("."), row["Type"]): row for row in found}


def policy(aws, bucket):
    return json.loads(aws("s3").get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]


@pytest.mark.parametrize("purpose", ["frontend", "logs", "artifacts", "trail"])
def test_every_bucket_is_private_versioned_and_refuses_plain_http(aws, purpose):
    bucket, s3 = f"{NAME}-{purpose}-123456789012", aws("s3")
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    owner = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert owner == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    [deny] = [s for s in policy(aws, bucket) if s["Effect"] == "Deny"]
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert set(deny["Resource"]) == {f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"}


@pytest.mark.parametrize("purpose", ["frontend", "artifacts", "trail"])
def test_every_bucket_but_that_of_logs_has_a_customer_key(aws, key_arns, purpose):
    answer = aws("s3").get_bucket_encryption(Bucket=f"{NAME}-{purpose}-123456789012")
    [rule] = answer["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arns["data"]}


def test_the_bucket_of_logs_has_the_key_that_aws_delivers_to(aws):
    [rule] = aws("s3").get_bucket_encryption(Bucket=LOGS)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_former_versions_and_old_logs_expire(aws):
    for purpose in ("frontend", "logs", "artifacts", "trail"):
        rules = aws("s3").get_bucket_lifecycle_configuration(Bucket=f"{NAME}-{purpose}-123456789012")["Rules"]
        assert any("NoncurrentVersionExpiration" in rule for rule in rules)
    assert any(
        rule.get("Expiration", {}).get("Days") == 90 for rule in aws("s3").get_bucket_lifecycle_configuration(Bucket=LOGS)["Rules"]
    )


def test_only_the_distribution_reads_the_frontend(aws, distribution):
    [allow] = [s for s in policy(aws, BUCKET) if s["Effect"] == "Allow"]
    assert allow["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allow["Action"] == "s3:GetObject"
    assert allow["Condition"] == {"StringEquals": {"AWS:SourceArn": distribution["ARN"]}}


def test_cloudfront_signs_its_requests_to_the_bucket(aws, distribution):
    [origin] = distribution["DistributionConfig"]["Origins"]["Items"]
    assert origin["DomainName"].startswith(f"{BUCKET}.s3.")
    assert origin["S3OriginConfig"]["OriginAccessIdentity"] == ""
    control = aws("cloudfront").get_origin_access_control(Id=origin["OriginAccessControlId"])["OriginAccessControl"]
    assert control["OriginAccessControlConfig"]["SigningBehavior"] == "always"


def test_the_frontend_is_served_over_https(distribution):
    config = distribution["DistributionConfig"]
    assert config["Enabled"]
    assert distribution["Status"] == "Deployed"
    assert config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"
    assert config["ViewerCertificate"]["MinimumProtocolVersion"].startswith("TLSv1.2")
    assert config["ViewerCertificate"]["SSLSupportMethod"] == "sni-only"


def test_unknown_paths_lead_to_the_application(distribution):
    pages = {
        e["ErrorCode"]: (e["ResponsePagePath"], e["ResponseCode"])
        for e in distribution["DistributionConfig"]["CustomErrorResponses"]["Items"]
    }
    assert pages == {403: ("/index.html", "200"), 404: ("/index.html", "200")}


def test_a_web_acl_stands_in_front(aws, distribution):
    waf = aws("wafv2", region_name="us-east-1")
    [row] = waf.list_web_acls(Scope="CLOUDFRONT")["WebACLs"]
    assert distribution["DistributionConfig"]["WebACLId"] == row["ARN"]
    rules = waf.get_web_acl(Name=row["Name"], Scope="CLOUDFRONT", Id=row["Id"])["WebACL"]["Rules"]
    managed = {r["Statement"]["ManagedRuleGroupStatement"]["Name"] for r in rules if "ManagedRuleGroupStatement" in r["Statement"]}
    assert "AWSManagedRulesCommonRuleSet" in managed
    [rate] = [r for r in rules if "RateBasedStatement" in r["Statement"]]
    assert rate["Statement"]["RateBasedStatement"]["Limit"] == 2000
    assert "Block" in rate["Action"]


@pytest.mark.parametrize("kind", ["A", "AAAA"])
def test_its_name_leads_to_the_distribution(records, distribution, kind):
    alias = records[f"app.{DOMAIN}", kind]["AliasTarget"]
    assert alias["DNSName"].rstrip(".") == distribution["DomainName"]


# T6


def test_the_load_balancer_speaks_https_only(aws, balancer):
    assert balancer["Scheme"] == "internet-facing"
    listeners = aws("elbv2").describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    assert [(listener["Port"], listener["Protocol"]) for listener in listeners] == [(443, "HTTPS")]


def test_the_load_balancer_refuses_what_is_older_than_tls_1_2(aws, balancer):
    [listener] = aws("elbv2").describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    [described] = aws("elbv2").describe_ssl_policies(Names=[listener["SslPolicy"]])["SslPolicies"]
    assert set(described["SslProtocols"]) <= {"TLSv1.2", "TLSv1.3"}


def test_the_load_balancer_stands_in_public_subnets(balancer, tiers, groups):
    assert {zone["SubnetId"] for zone in balancer["AvailabilityZones"]} == {subnet["SubnetId"] for subnet in tiers["public"]}
    assert balancer["SecurityGroups"] == [groups["load_balancer"]["GroupId"]]


def test_access_logs_go_to_a_bucket_that_lets_them_in(aws, balancer):
    answer = aws("elbv2").describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"])
    values = {attribute["Key"]: attribute["Value"] for attribute in answer["Attributes"]}
    assert values["access_logs.s3.enabled"] == "true"
    assert values["access_logs.s3.bucket"] == LOGS
    [delivery] = [
        s for s in policy(aws, LOGS) if s.get("Principal") == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    ]
    assert delivery["Action"] == "s3:PutObject"


def test_the_name_of_the_backend_leads_to_its_target_group(aws, balancer, records, service):
    assert balancer["DNSName"] in records[f"api.{DOMAIN}", "A"]["AliasTarget"]["DNSName"]
    [listener] = aws("elbv2").describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    rules = aws("elbv2").describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    [rule] = [rule for rule in rules if not rule["IsDefault"]]
    assert rule["Conditions"][0]["HostHeaderConfig"]["Values"] == [f"api.{DOMAIN}"]
    [action] = rule["Actions"]
    assert action["TargetGroupArn"] == service["loadBalancers"][0]["targetGroupArn"]


def test_what_no_service_claims_is_not_found(aws, balancer):
    [listener] = aws("elbv2").describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    assert listener["DefaultActions"][0]["FixedResponseConfig"]["StatusCode"] == "404"
