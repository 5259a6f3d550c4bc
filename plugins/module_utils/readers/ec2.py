# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The network: VPCs, subnets, and the ways out of them. What may pass is in ec2_security.py."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, reader
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults

defaults("AWS::EC2::VPC", InstanceTenancy="default")
defaults("AWS::EC2::Subnet", AssignIpv6AddressOnCreation=False, MapPublicIpOnLaunch=False)
defaults("AWS::EC2::NatGateway", ConnectivityType="public")
defaults("AWS::EC2::EIP", Domain="vpc")

_GONE = ("deleting", "deleted", "failed")


# What the readers of EC2 share


def own(account, operation, key):
    """Return what EC2 describes and is ours; it filters by tags itself. Several readers ask, EC2 is asked once."""
    wanted = [{"Name": f"tag:{name}", "Values": [value]} for name, value in account.tags.items()]
    return account.once(operation, lambda: account.api("ec2").pages(operation, key, Filters=wanted))


def name_of(described):
    """Return the Name tag."""
    return from_form(described.get("Tags")).get("Name", "")


def named(found, *more):
    """Return the name of what hangs on something: that one's name and what tells it from its like."""
    return " ".join([found.name, *(str(each) for each in more if each not in (None, ""))])


def place(described):
    """Return how people call the addresses that a route or a rule speaks of."""
    cidr = next((text for name, text in described.items() if "Cidr" in name and text), "")
    return {"0.0.0.0/0": "anywhere", "::/0": "anywhere IPv6"}.get(cidr, cidr)


# VPCs and subnets


@reader("AWS::EC2::VPC")
def vpcs(account):
    """Find VPCs with what they do about DNS. Who names no security group gets the VPC's own, so it has to be known."""
    found, ec2 = own(account, "describe_vpcs", "Vpcs"), account.api("ec2")
    filters = [
        {"Name": "vpc-id", "Values": [each["VpcId"] for each in found]},
        {"Name": "group-name", "Values": ["default"]},
    ]
    groups = ec2.pages("describe_security_groups", "SecurityGroups", Filters=filters) if found else []
    default = {group["VpcId"]: group["GroupId"] for group in groups}
    for each in found:
        properties = pick(each, "CidrBlock", "InstanceTenancy")
        for name in ("EnableDnsSupport", "EnableDnsHostnames"):
            asked = {"VpcId": each["VpcId"], "Attribute": name[:1].lower() + name[1:]}
            properties[name] = ec2.read("describe_vpc_attribute", **asked)[name]["Value"]
        attributes = {"DefaultSecurityGroup": default.get(each["VpcId"])}
        yield Found("AWS::EC2::VPC", each["VpcId"], properties, each["Tags"], name_of(each), attributes)


@reader("AWS::EC2::Subnet")
def subnets(account):
    """Find subnets."""
    for each in own(account, "describe_subnets", "Subnets"):
        names = ("VpcId", "CidrBlock", "AvailabilityZone", "MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation")
        yield Found("AWS::EC2::Subnet", each["SubnetId"], pick(each, *names), each["Tags"], name_of(each))


def name_of_subnet(account, subnet_id, instead):
    """Return the name of a subnet, or of what it belongs to when it is not ours: what makes a link between the two unique."""
    names = {each["SubnetId"]: name_of(each) for each in own(account, "describe_subnets", "Subnets")}
    return names.get(subnet_id) or named(instead, subnet_id)


# The internet


@reader("AWS::EC2::InternetGateway")
def internet_gateways(account):
    """Find internet gateways."""
    for each in own(account, "describe_internet_gateways", "InternetGateways"):
        told = {
            "vpcs": [link["VpcId"] for link in each.get("Attachments", []) if link.get("State") not in ("detaching", "detached")]
        }
        yield Found("AWS::EC2::InternetGateway", each["InternetGatewayId"], {}, each["Tags"], name_of(each), told=told)


@reader("AWS::EC2::VPCGatewayAttachment", of="AWS::EC2::InternetGateway")
def gateway_attachments(_account, gateway):
    """Find which VPC an internet gateway serves."""
    for vpc in gateway.told["vpcs"]:
        properties = {"InternetGatewayId": gateway.id, "VpcId": vpc}
        yield Found("AWS::EC2::VPCGatewayAttachment", f"IGW|{vpc}", properties, name=gateway.name)


@reader("AWS::EC2::EIP")
def addresses(account):
    """Find elastic addresses. The group of zones and the pool are of interest only when they are not the usual ones."""
    for each in own(account, "describe_addresses", "Addresses"):
        group, pool = each.get("NetworkBorderGroup"), each.get("PublicIpv4Pool")
        properties = {
            **pick(each, "Domain", "InstanceId"),
            "NetworkBorderGroup": None if group == account.region else group,
            "PublicIpv4Pool": None if pool == "amazon" else pool,
        }
        attributes = pick(each, "AllocationId", "PublicIp")
        yield Found("AWS::EC2::EIP", each["PublicIp"], properties, each["Tags"], name_of(each), attributes)


@reader("AWS::EC2::NatGateway")
def nat_gateways(account):
    """Find NAT gateways with their addresses, the first of which is the main one. AWS chooses those inside the subnet."""
    for each in own(account, "describe_nat_gateways", "NatGateways"):
        if each.get("State") in _GONE:
            continue
        ordered = sorted(each.get("NatGatewayAddresses", []), key=lambda address: not address.get("IsPrimary", False))
        allocated = [address["AllocationId"] for address in ordered if address.get("AllocationId")]
        properties = {
            "SubnetId": each.get("SubnetId"),
            "ConnectivityType": each.get("ConnectivityType", "public"),
            "AllocationId": allocated[0] if allocated else None,
            "SecondaryAllocationIds": allocated[1:],
        }
        attributes = {"NatGatewayId": each["NatGatewayId"]}
        yield Found("AWS::EC2::NatGateway", each["NatGatewayId"], properties, each["Tags"], name_of(each), attributes)


# Routes


@reader("AWS::EC2::RouteTable")
def route_tables(account):
    """Find route tables, without the main one that AWS makes with a VPC."""
    for each in own(account, "describe_route_tables", "RouteTables"):
        links = each.get("Associations", [])
        if not any(link.get("Main") for link in links):
            told = {"routes": each.get("Routes", []), "links": [link for link in links if link.get("SubnetId")]}
            yield Found("AWS::EC2::RouteTable", each["RouteTableId"], pick(each, "VpcId"), each["Tags"], name_of(each), told=told)


_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
# In this order: a route to an instance also names its interface.
_TARGETS = (
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "InstanceId",
    "NetworkInterfaceId",
    "GatewayId",
)


def _by_aws(route):
    """Tell whether AWS keeps a route itself: inside the VPC, learned from a gateway, or made by a gateway endpoint."""
    endpoint = "DestinationPrefixListId" in route and route.get("GatewayId", "").startswith("vpce-")
    return route.get("GatewayId") == "local" or route.get("Origin", "CreateRoute") != "CreateRoute" or endpoint


@reader("AWS::EC2::Route", of="AWS::EC2::RouteTable")
def routes(_account, table):
    """Find the routes that people made."""
    for each in table.told["routes"]:
        if not _by_aws(each):
            destination = pick(each, *_DESTINATIONS)
            target = next((name for name in _TARGETS if each.get(name)), "GatewayId")
            known_as = "VpcEndpointId" if each[target].startswith("vpce-") else target
            properties = {"RouteTableId": table.id, **destination, known_as: each[target]}
            there = next((text for text in destination.values() if text), "")
            name = named(table, place(destination) or there)
            yield Found("AWS::EC2::Route", f"{table.id}|{there}", properties, name=name)


@reader("AWS::EC2::SubnetRouteTableAssociation", of="AWS::EC2::RouteTable")
def routed_subnets(account, table):
    """Find which subnets go by a route table."""
    for each in table.told["links"]:
        properties = {"RouteTableId": table.id, "SubnetId": each["SubnetId"]}
        name = name_of_subnet(account, each["SubnetId"], table)
        yield Found("AWS::EC2::SubnetRouteTableAssociation", each["RouteTableAssociationId"], properties, name=name)
