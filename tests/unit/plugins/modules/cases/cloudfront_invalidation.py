# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import ACTS, RESTS, Action
from ansible_collections.slipway.aws.tests.support.delivery import done

BUCKET = {"id": "frontend", "domain_name": "frontend.s3.eu-west-1.amazonaws.com"}


def prepare(aws):
    made = done(aws, "cloudfront_distribution", name="shop", origins=[BUCKET])
    return {"distribution_id": made.distribution["id"], "paths": ["/*"]}


ACTION = Action(
    prepare=prepare,
    does=[
        ({"paths": ["/index.html", "/pictures/*"]}, ACTS),
        ({"wait": False}, RESTS),
    ],
    invalid=[
        ({"paths": []}, "paths: there are none"),
        ({"paths": ["index.html"]}, "paths: index.html does not begin with /"),
        ({"paths": ["/*.html"]}, "paths: /*.html has a * before its end"),
        ({"paths": ["/my file"]}, "paths: /my file has a * before its end, or a space"),
        ({"paths": [f"/{number}" for number in range(3001)]}, "paths: AWS takes 3000 at a time, not 3001"),
        ({"wait_timeout": "long"}, "wait_timeout"),
        ({"distribution_id": "shop"}, "distribution_id: shop is not the id of a distribution"),
        ({"distribution_id": None}, "distribution_id cannot be empty"),
    ],
)
