# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain


def prepare(aws):
    zone = aws.client("route53").create_hosted_zone(Name="shop.example", CallerReference="shop")["HostedZone"]["Id"]
    return {"hosted_zone": zone.removeprefix("/hostedzone/")}


CHAIN = Chain(
    create={"name": "shop.example"},
    changes=[{"certificate_transparency_logging": False}],
    # Other names or another key make another certificate, beside the one that is there.
    replaced=[
        {"subject_alternative_names": ["*.shop.example", "api.shop.example"]},
        {"key_algorithm": "EC_prime256v1"},
    ],
    invalid=[
        ({"hosted_zone": "shop.example", "subject_alternative_names": ["www.other.example"]}, "www.other.example does not lie in"),
        ({"arn": "arn:aws:acm:us-east-1:123456789012:certificate/1"}, "arn is for state=absent"),
    ],
    elsewhere={"arn", "hosted_zone"},
    delete={"subject_alternative_names": None},
    prepare=prepare,
)
