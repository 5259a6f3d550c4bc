# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the role compute has built."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.finder import Finder


class Compute(Finder):
    """Cluster and load balancer have the same name."""

    noun = "cluster with a load balancer"
    component = "compute"

    def look(self):
        name = self.name
        clusters = self.api("ecs").read("describe_clusters", clusters=[name])["clusters"]
        balancers = self.api("elbv2", missing=("LoadBalancerNotFound",)).read("describe_load_balancers", Names=[name])
        active = [cluster for cluster in clusters if cluster["status"] == "ACTIVE"]
        if not active or not balancers:
            return None
        balancer = balancers["LoadBalancers"][0]
        return {
            "cluster_arn": active[0]["clusterArn"],
            "load_balancer": {
                "arn": balancer["LoadBalancerArn"],
                "dns_name": balancer["DNSName"],
                "hosted_zone_id": balancer["CanonicalHostedZoneId"],
                "full_name": balancer["LoadBalancerArn"].split(":loadbalancer/", 1)[1],
            },
        }
