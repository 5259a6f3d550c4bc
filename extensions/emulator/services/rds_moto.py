# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""moto's databases without its HTTP layer: to ask it for less than a caller asked for, and to show what it keeps."""

from __future__ import annotations

from botocore import xform_name
from moto.core.exceptions import ServiceException
from moto.core.serialize import QuerySerializer, XFormedAttributePicker
from moto.core.utils import get_service_model
from moto.rds.models import rds_backends

from ..calls import AwsError, decode
from ..clock import CLOCK

_MODEL = get_service_model("rds")


class _Answer:
    """What decode() wants to know of a call."""

    protocol = "query"

    def __init__(self, operation):
        self.model = _MODEL.operation_model(operation)


def backend_of(call, region=None):
    """Return moto's databases of the caller's account in a region."""
    return rds_backends[call.account][region or call.region]


def described(operation, **objects):
    """Return objects of moto's as the data with which an operation answers."""
    answer = _Answer(operation)
    written = QuerySerializer(operation_model=answer.model, value_picker=XFormedAttributePicker()).serialize(objects)
    body = written["body"]
    return decode(answer, written["status_code"], [], body.encode() if isinstance(body, str) else body)


def snaked(params):
    """Return parameters under the names that moto's methods know."""
    return {xform_name(key): value for key, value in params.items()}


def ask(function, *args, **kwargs):
    """Call a method of moto's; what it refuses is an error as AWS words it."""
    try:
        return function(*args, **kwargs)
    except ServiceException as refusal:
        known = {shape.name: shape.metadata.get("error", {}).get("code") for shape in _MODEL.error_shapes}
        raise AwsError(known.get(refusal.code) or refusal.code, refusal.message) from refusal


def key_of(call, wanted):
    """Return the ARN of a KMS key of this region, or raise what RDS raises for one that it cannot use."""
    backend = backend_of(call)
    alias = wanted[wanted.find("alias/") :] if "alias/" in wanted else None
    if alias and not backend.kms.get_key_id_from_alias(alias):  # moto breaks there
        raise AwsError(
            "KMSKeyNotAccessibleFault", f"Specified KMS key [{wanted}] does not exist, is not enabled or is not accessible."
        )
    return ask(backend._validate_kms_key, wanted)


def default_key(call):
    """Return the ARN of the key with which RDS encrypts when it is not told another one."""
    return key_of(call, "alias/aws/rds")


def moment():
    """Return the account's time as moto keeps times."""
    return CLOCK.now().replace(tzinfo=None)


def region_of(arn):
    """Return the region that an ARN names."""
    return arn.split(":")[3]


def name_of(wanted):
    """Return the name that an identifier or an ARN gives; names of automated snapshots have colons themselves."""
    return (wanted.split(":", 6)[6] if wanted.startswith("arn:") else wanted).lower()


def check_presigned(call, source):
    """Refuse a request from another region whose signature for the source's region is for something else."""
    signed = call.params.get("PreSignedUrl")
    if signed is None:
        return  # AWS asks for it in GovCloud only
    if f"Action={call.operation}" not in signed or f"%2F{region_of(source)}%2Frds%2F" not in signed:
        raise AwsError("InvalidParameterValue", "The presigned URL is not valid for the region of the source.")
