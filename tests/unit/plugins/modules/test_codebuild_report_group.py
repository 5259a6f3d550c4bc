# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A report group is found by the end of its ARN, and goes with its reports only when somebody says so."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.support.delivery import done

MODULE = "codebuild_report_group"


def test_a_group_whose_name_only_ends_the_same_is_another_one(aws):
    done(aws, MODULE, name="shop-tests")
    assert aws.run(MODULE, name="tests").changed
    assert len(aws.client("codebuild").list_report_groups()["reportGroups"]) == 2


@pytest.mark.parametrize("reports", [False, True])
def test_reports_go_with_the_group_only_when_asked(aws, reports):
    done(aws, MODULE, name="tests")
    with aws.recorded() as sent:
        done(aws, MODULE, name="tests", state="absent", delete_reports=reports)
    assert sent.parameters("DeleteReportGroup")["deleteReports"] is reports
