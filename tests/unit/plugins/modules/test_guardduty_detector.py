# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""guardduty_detector: one per region, features one by one, one runtime plan at a time."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.support.delivery import done

MODULE = "guardduty_detector"
RUNTIME, EKS = {"name": "RUNTIME_MONITORING"}, {"name": "EKS_RUNTIME_MONITORING"}


def statuses(result):
    return {feature["name"]: feature["status"] for feature in result.detector["features"]}


def test_a_detector_that_somebody_else_made_is_the_one(aws):
    client = aws.client("guardduty")
    identity = client.create_detector(Enable=False)["DetectorId"]
    result = done(aws, MODULE, enable=True)
    assert (result.changed, result.detector["id"], result.detector["status"]) == (True, identity, "ENABLED")
    assert len(client.list_detectors()["DetectorIds"]) == 1


def test_regions_have_detectors_of_their_own(aws):
    first = done(aws, MODULE)
    second = done(aws, MODULE, region="eu-west-1")
    assert second.changed
    assert first.detector["id"] != second.detector["id"]
    assert second.detector["arn"] == f"arn:aws:guardduty:eu-west-1:123456789012:detector/{second.detector['id']}"
    done(aws, MODULE, state="absent", region="eu-west-1")
    assert not done(aws, MODULE).changed


def test_only_features_that_differ_count_and_the_others_stay(aws):
    made = done(aws, MODULE, features=[{"name": "S3_DATA_EVENTS", "status": "DISABLED"}])
    with aws.recorded() as sent:
        changed = done(aws, MODULE, features=[{"name": "LAMBDA_NETWORK_LOGS", "status": "DISABLED"}])
    assert statuses(changed) == {**statuses(made), "LAMBDA_NETWORK_LOGS": "DISABLED"}
    assert sent.parameters("UpdateDetector")["Features"] == [{"Name": "LAMBDA_NETWORK_LOGS", "Status": "DISABLED"}]
    assert "DataSources" not in sent.parameters("UpdateDetector")


def test_a_plan_of_runtime_monitoring_gives_way_to_the_other_before_it_is_enabled(aws):
    done(aws, MODULE, features=[EKS])
    with aws.recorded() as sent:
        changed = done(aws, MODULE, features=[RUNTIME])
    named = [[each["Name"] for each in entry["parameters"]["Features"]] for entry in sent.entries if entry["write"]]
    assert named == [["EKS_RUNTIME_MONITORING"], ["RUNTIME_MONITORING"]]
    assert (statuses(changed)["EKS_RUNTIME_MONITORING"], statuses(changed)["RUNTIME_MONITORING"]) == ("DISABLED", "ENABLED")
    assert not done(aws, MODULE, features=[RUNTIME]).changed


@pytest.mark.parametrize("features", [[{**RUNTIME, "status": "DISABLED"}, EKS], [RUNTIME, {**EKS, "status": "DISABLED"}]])
def test_no_request_names_both_plans_of_runtime_monitoring(aws, features):
    made = done(aws, MODULE, features=features)
    for feature in features:
        assert statuses(made)[feature["name"]] == feature.get("status", "ENABLED")
    back = [{**feature, "status": "DISABLED" if "status" not in feature else "ENABLED"} for feature in features]
    changed = done(aws, MODULE, features=back)
    for feature in back:
        assert statuses(changed)[feature["name"]] == feature["status"]


def test_what_a_plan_does_goes_off_with_it(aws):
    agents = [{"name": "ECS_FARGATE_AGENT_MANAGEMENT"}, {"name": "EC2_AGENT_MANAGEMENT"}]
    done(aws, MODULE, features=[{**RUNTIME, "additional_configuration": agents}])
    changed = done(aws, MODULE, features=[{**RUNTIME, "status": "DISABLED"}])
    runtime = next(feature for feature in changed.detector["features"] if feature["name"] == "RUNTIME_MONITORING")
    assert {detail["status"] for detail in runtime["additional_configuration"]} == {"DISABLED"}
