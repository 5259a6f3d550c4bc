# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What AWS's operations make, as types of the template: an operation that no reader knows of makes a test fail."""

from __future__ import annotations

from collections import Counter

# One call makes one resource.
ONE = {
    "acm:RequestCertificate": "AWS::CertificateManager::Certificate",
    "application-autoscaling:PutScalingPolicy": "AWS::ApplicationAutoScaling::ScalingPolicy",
    "application-autoscaling:RegisterScalableTarget": "AWS::ApplicationAutoScaling::ScalableTarget",
    "backup:CreateBackupPlan": "AWS::Backup::BackupPlan",
    "backup:CreateBackupSelection": "AWS::Backup::BackupSelection",
    "backup:CreateBackupVault": "AWS::Backup::BackupVault",
    "cloudfront:CreateDistributionWithTags": "AWS::CloudFront::Distribution",
    "cloudfront:CreateOriginAccessControl": "AWS::CloudFront::OriginAccessControl",
    "cloudtrail:CreateTrail": "AWS::CloudTrail::Trail",
    "cloudwatch:PutDashboard": "AWS::CloudWatch::Dashboard",
    "cloudwatch:PutMetricAlarm": "AWS::CloudWatch::Alarm",
    "codebuild:CreateProject": "AWS::CodeBuild::Project",
    "codeconnections:CreateConnection": "AWS::CodeConnections::Connection",
    "codepipeline:CreatePipeline": "AWS::CodePipeline::Pipeline",
    "ec2:AssociateRouteTable": "AWS::EC2::SubnetRouteTableAssociation",
    "ec2:AttachInternetGateway": "AWS::EC2::VPCGatewayAttachment",
    "ec2:CreateFlowLogs": "AWS::EC2::FlowLog",
    "ec2:CreateInternetGateway": "AWS::EC2::InternetGateway",
    "ec2:CreateNetworkAcl": "AWS::EC2::NetworkAcl",
    "ec2:CreateNetworkAclEntry": "AWS::EC2::NetworkAclEntry",
    "ec2:CreateRoute": "AWS::EC2::Route",
    "ec2:CreateRouteTable": "AWS::EC2::RouteTable",
    "ec2:CreateSecurityGroup": "AWS::EC2::SecurityGroup",
    "ec2:CreateSubnet": "AWS::EC2::Subnet",
    "ec2:CreateVpc": "AWS::EC2::VPC",
    "ec2:CreateVpcEndpoint": "AWS::EC2::VPCEndpoint",
    "ec2:ReplaceNetworkAclAssociation": "AWS::EC2::SubnetNetworkAclAssociation",
    "ecr:CreateRepository": "AWS::ECR::Repository",
    "ecr:PutReplicationConfiguration": "AWS::ECR::ReplicationConfiguration",
    "ecs:CreateCluster": "AWS::ECS::Cluster",
    "ecs:CreateService": "AWS::ECS::Service",
    "ecs:RegisterTaskDefinition": "AWS::ECS::TaskDefinition",
    "elbv2:CreateListener": "AWS::ElasticLoadBalancingV2::Listener",
    "elbv2:CreateLoadBalancer": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "elbv2:CreateRule": "AWS::ElasticLoadBalancingV2::ListenerRule",
    "elbv2:CreateTargetGroup": "AWS::ElasticLoadBalancingV2::TargetGroup",
    "iam:CreatePolicy": "AWS::IAM::ManagedPolicy",
    "iam:CreateRole": "AWS::IAM::Role",
    "kms:CreateAlias": "AWS::KMS::Alias",
    "kms:CreateKey": "AWS::KMS::Key",
    "logs:CreateLogGroup": "AWS::Logs::LogGroup",
    "rds:CreateDBInstance": "AWS::RDS::DBInstance",
    "rds:CreateDBParameterGroup": "AWS::RDS::DBParameterGroup",
    "rds:CreateDBSubnetGroup": "AWS::RDS::DBSubnetGroup",
    "route53:CreateHostedZone": "AWS::Route53::HostedZone",
    "s3:CreateBucket": "AWS::S3::Bucket",
    "s3:PutBucketPolicy": "AWS::S3::BucketPolicy",
    "secretsmanager:CreateSecret": "AWS::SecretsManager::Secret",
    "secretsmanager:RotateSecret": "AWS::SecretsManager::RotationSchedule",
    "sns:CreateTopic": "AWS::SNS::Topic",
    "sns:Subscribe": "AWS::SNS::Subscription",
    "wafv2:CreateWebACL": "AWS::WAFv2::WebACL",
}
# One call makes several, or something else beside them.
SOME = {
    "ec2:AuthorizeSecurityGroupEgress": "AWS::EC2::SecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress": "AWS::EC2::SecurityGroupIngress",
    "route53:ChangeResourceRecordSets": "AWS::Route53::RecordSet",
}
# What these change are properties of something above.
PARTS = {
    "cloudtrail:StartLogging",
    "ec2:CreateTags",
    "ec2:ModifyVpcAttribute",
    "ec2:RevokeSecurityGroupEgress",
    "ec2:RevokeSecurityGroupIngress",
    "ecr:PutLifecyclePolicy",
    "elbv2:ModifyLoadBalancerAttributes",
    "elbv2:ModifyTargetGroupAttributes",
    "iam:AttachRolePolicy",
    "kms:EnableKeyRotation",
    "logs:PutRetentionPolicy",
    "rds:ModifyDBParameterGroup",
    "route53:ChangeTagsForResource",
    "s3:PutBucketEncryption",
    "s3:PutBucketLifecycleConfiguration",
    "s3:PutBucketLogging",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
}


def forgotten(writes, template):
    """Return sentences about what a run has made and a template does not have."""
    there, made = Counter(each["Type"] for each in template["Resources"].values()), Counter(writes)
    for operation, count in sorted(made.items()):
        if operation in ONE and there[ONE[operation]] != count:
            yield f"{operation} was called {count} times, the template has {there[ONE[operation]]} {ONE[operation]}"
        elif operation in SOME and not there[SOME[operation]]:
            yield f"{operation} was called, the template has no {SOME[operation]}"
        elif operation not in {*ONE, *SOME, *PARTS}:
            yield f"{operation}: which type has what it makes? Name it in tests/support/creates.py"
