# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What tests of load balancers, certificates and distributions need around them."""

from __future__ import annotations

import datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def network(aws):
    """Return the id of a VPC and of two subnets, the same for all callers of one test."""
    ec2 = aws.client("ec2")
    named = [{"Name": "tag:Name", "Values": ["edge"]}]
    found = ec2.describe_vpcs(Filters=named)["Vpcs"]
    if found:
        subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [found[0]["VpcId"]]}])["Subnets"]
        return found[0]["VpcId"], [subnet["SubnetId"] for subnet in subnets]
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "edge"}]}]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]
    return vpc, subnets


def load_balancer(aws, name, kind="application"):
    """Return the ARN of a load balancer."""
    made = aws.client("elbv2").create_load_balancer(Name=name, Subnets=network(aws)[1], Type=kind)
    return made["LoadBalancers"][0]["LoadBalancerArn"]


def target_group(aws, name, protocol="HTTP"):
    """Return the ARN of a target group for tasks."""
    vpc, _subnets = network(aws)
    made = aws.client("elbv2").create_target_group(Name=name, Protocol=protocol, Port=8000, VpcId=vpc, TargetType="ip")
    return made["TargetGroups"][0]["TargetGroupArn"]


def listener(aws, balancer, port=80, protocol="HTTP", **more):
    """Return the ARN of a listener that answers 404."""
    actions = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    options = {"Protocol": protocol, "Port": port, "DefaultActions": actions, **more}
    made = aws.client("elbv2").create_listener(LoadBalancerArn=balancer, **options)
    return made["Listeners"][0]["ListenerArn"]


def certificate(aws, *names, region=None):
    """Return the ARN of an imported certificate."""
    text, key = _pem(names)
    return aws.client("acm", region).import_certificate(Certificate=text, PrivateKey=key)["CertificateArn"]


@cache
def _pem(names):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.timezone.utc)
    built = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    built = built.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
    built = built.not_valid_after(now + datetime.timedelta(days=300))
    built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
    signed = built.sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    form = serialization.Encoding.PEM
    return signed.public_bytes(form), key.private_bytes(form, serialization.PrivateFormat.PKCS8, plain)
