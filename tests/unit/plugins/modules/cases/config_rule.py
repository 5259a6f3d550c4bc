# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.config_recorder import role

CHANGES = {"message_type": "ConfigurationItemChangeNotification"}
DAILY = {"message_type": "ScheduledNotification"}
TEXT = 'rule versioned when resourceType == "AWS::S3::Bucket" { configuration.name exists }'
GUARD = {"owner": "CUSTOM_POLICY", "source_details": [CHANGES], "custom_policy_details": {"policy_text": TEXT}}
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:judge"
LAMBDA = {"owner": "CUSTOM_LAMBDA", "source_identifier": FUNCTION, "source_details": [DAILY, CHANGES]}
MANAGED = {"source_identifier": "S3_BUCKET_VERSIONING_ENABLED"}
BUCKETS = {"compliance_resource_types": ["AWS::S3::Bucket", "AWS::EC2::Volume"]}


def recorder(aws):
    aws.client("config").put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role(aws)})


def function(aws):
    """Make a function that AWS Config may call."""
    caller = role(aws, "judge", principal="lambda.amazonaws.com")
    client = aws.client("lambda")
    client.create_function(
        FunctionName="judge", Runtime="python3.13", Role=caller, Handler="judge.handler", Code={"ZipFile": b"no code"}
    )
    client.add_permission(
        FunctionName="judge", StatementId="config", Action="lambda:InvokeFunction", Principal="config.amazonaws.com"
    )


def prepare(aws):
    recorder(aws)
    function(aws)
    return {}


CHAIN = Chain(
    create={"name": "shop", "source": MANAGED},
    changes=[
        {"source": GUARD},
        {"source": {**GUARD, "custom_policy_details": {"policy_text": TEXT + " ", "enable_debug_log_delivery": True}}},
        {"source": LAMBDA},
        {"source": {**LAMBDA, "source_details": [CHANGES, {**DAILY, "maximum_execution_frequency": "One_Hour"}]}},
        {"source": MANAGED},
        {"description": "Buckets keep versions"},
        {"scope": BUCKETS},
        {"scope": {"compliance_resource_types": ["AWS::S3::Bucket"], "compliance_resource_id": "audit"}},
        {"scope": {"tag_key": "Project", "tag_value": "Shop"}},
        {"scope": {}},
        {"input_parameters": {"isMfaDeleteEnabled": True}},
        {"maximum_execution_frequency": "Six_Hours"},
        {"evaluation_modes": ["PROACTIVE", "DETECTIVE"]},
        {"evaluation_modes": ["DETECTIVE"]},
        {"description": ""},
    ],
    invalid=[
        ({"source": {}}, "source: AWS needs source_identifier"),
        ({"source": {**GUARD, "owner": "AWS"}}, "source: AWS takes no custom_policy_details"),
        ({"source": {**LAMBDA, "source_details": []}}, "source: CUSTOM_LAMBDA needs source_details"),
        ({"source": {**LAMBDA, "source_identifier": "judge"}}, "source: source_identifier judge is not the ARN of a function"),
        ({"source": {**GUARD, "source_details": [DAILY]}}, "source: CUSTOM_POLICY takes notifications of changes only"),
        (
            {"source": {**LAMBDA, "source_details": [{**CHANGES, "maximum_execution_frequency": "One_Hour"}]}},
            "source: ConfigurationItemChangeNotification comes with a change",
        ),
        ({"source": {**GUARD, "custom_policy_details": {}}}, "policy_text found in source"),
        ({"scope": {"tag_value": "Shop"}}, "scope: tag_value needs tag_key"),
        ({"scope": {**BUCKETS, "tag_key": "Project"}}, "scope: it is either a tag or types"),
        ({"scope": {**BUCKETS, "compliance_resource_id": "audit"}}, "scope: compliance_resource_id needs exactly one"),
        ({"evaluation_modes": []}, "evaluation_modes: a rule has at least one"),
        ({"evaluation_modes": ["STRICT"]}, "evaluation_modes must be one or more of"),
        ({"maximum_execution_frequency": "Daily"}, "maximum_execution_frequency must be one of"),
        ({"name": "x" * 129}, "name: AWS takes at most 128 characters, not 129"),
        ({"input_parameters": "none"}, "input_parameters"),
    ],
    prepare=prepare,
)
