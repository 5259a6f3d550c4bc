# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Send the requests of a recording, one after the other, from one process: about the least that a run can take."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError


def replay(requests):
    """Send requests; the account's refusals are part of a recording, for modules ask for what is not there."""
    clients = {}
    for each in requests:
        place = (each["service"], each["region"])
        if place not in clients:
            clients[place] = boto3.client(place[0], region_name=place[1])
        try:
            getattr(clients[place], xform_name(each["operation"]))(**each["parameters"])
        except ClientError:
            continue


if __name__ == "__main__":
    replay(json.loads(Path(sys.argv[1]).read_text()))
