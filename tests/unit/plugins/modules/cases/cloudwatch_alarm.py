# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

TOPIC, OTHER = "arn:aws:sns:us-east-1:123456789012:a", "arn:aws:sns:us-east-1:123456789012:b"


def stat(name, metric, **more):
    measured = {"namespace": "AWS/ApplicationELB", "metric_name": metric, "dimensions": [{"name": "LoadBalancer", "value": "x"}]}
    return {"id": name, "metric_stat": {"metric": measured, "period": 60, "stat": "Sum"}, **more}


RATE = {"id": "rate", "expression": "100 * errors / requests", "label": "Errors"}
ERRORS, REQUESTS = (
    stat("errors", "HTTPCode_Target_5XX_Count", return_data=False),
    stat("requests", "RequestCount", return_data=False),
)
BAND = {"id": "band", "expression": "ANOMALY_DETECTION_BAND(requests, 2)"}
NO_METRIC = dict.fromkeys(("metric_name", "namespace", "dimensions", "extended_statistic", "period", "unit"))

CHAIN = Chain(
    create={
        "name": "shop",
        "namespace": "AWS/RDS",
        "metric_name": "CPUUtilization",
        "extended_statistic": "p90",
        "period": 300,
        "evaluation_periods": 2,
        "threshold": 80,
        "comparison_operator": "GreaterThanThreshold",
    },
    changes=[
        {"dimensions": {"DBInstanceIdentifier": "shop"}},
        {"dimensions": {"DBInstanceIdentifier": "other", "Role": "writer"}},
        {"threshold": 75.5, "evaluation_periods": 3, "datapoints_to_alarm": 2, "period": 60},
        {"comparison_operator": "LessThanThreshold", "treat_missing_data": "notBreaching"},
        {"extended_statistic": "p99", "evaluate_low_sample_count_percentile": "ignore"},
        {"namespace": "AWS/ECS", "metric_name": "MemoryUtilization", "unit": "Percent"},
        {"alarm_description": "Look at the tasks", "actions_enabled": False},
        {"alarm_actions": [TOPIC, OTHER], "ok_actions": [TOPIC], "insufficient_data_actions": [OTHER]},
        {"alarm_actions": []},
        {**NO_METRIC, "metrics": [RATE, ERRORS, REQUESTS]},
        {"metrics": [RATE, ERRORS, {**REQUESTS, "label": "All"}]},
        {
            "metrics": [BAND, stat("requests", "RequestCount")],
            "threshold": None,
            "threshold_metric_id": "band",
            "comparison_operator": "LessThanLowerOrGreaterThanUpperThreshold",
        },
    ],
    invalid=[
        ({"alarm_rule": "ALARM(a)"}, "so metric_name, namespace, extended_statistic"),
        ({"actions_suppressor": "b"}, "actions_suppressor is for alarms with alarm_rule"),
        ({"statistic": "Sum"}, "statistic and extended_statistic exclude each other"),
        ({"metrics": [RATE, ERRORS, REQUESTS]}, "metric_name and metrics exclude each other"),
        ({"threshold_metric_id": "band"}, "threshold and threshold_metric_id exclude each other"),
        ({"datapoints_to_alarm": 3}, "datapoints_to_alarm (3) cannot be more than evaluation_periods (2)"),
        ({"period": 45}, "period is 45, it has to be 10, 20, 30 or a multiple of 60"),
        ({"comparison_operator": "GreaterThanUpperThreshold"}, "compares with a band: give threshold_metric_id"),
        ({**NO_METRIC, "metrics": [RATE, {**ERRORS, "return_data": True}]}, "exactly one has to return data, rate, errors does"),
        ({**NO_METRIC, "metrics": [{**RATE, "id": "Rate"}]}, "id Rate has to begin with a lowercase letter"),
    ],
    elsewhere={
        "alarms",
        "statistic",
        "alarm_rule",
        "actions_suppressor",
        "actions_suppressor_wait_period",
        "actions_suppressor_extension_period",
    },
)
