from datetime import timedelta

import pytest

from bot.reports.status import SourceStatus, StatusReport, is_stale
from tests.usage_rows import NOW, SOURCE


@pytest.mark.parametrize(("silent_for", "stale"), [(timedelta(minutes=60), False), (timedelta(minutes=61), True)])
def test_a_source_silent_for_more_than_two_polls_is_stale(silent_for: timedelta, stale: bool) -> None:
    source = SourceStatus(name=SOURCE, last_success_at=NOW - silent_for)
    report = StatusReport(
        now=NOW, poll_minutes=30, sources=(source,), people=0, matched_people=0, unattributed=0, for_admin=False
    )
    assert is_stale(source, report) is stale


def test_a_source_that_never_answered_is_not_called_stale() -> None:
    source = SourceStatus(name=SOURCE, last_success_at=None)
    report = StatusReport(
        now=NOW, poll_minutes=30, sources=(source,), people=0, matched_people=0, unattributed=0, for_admin=False
    )
    assert not is_stale(source, report)
