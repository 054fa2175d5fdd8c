"""ExpectedHeartbeat and SentHeartbeat documents."""

import pytest

from covet_sre.alerting.heartbeat import ExpectedHeartbeat, SentHeartbeat
from covet_sre.alerting.matchers import LabelMatcher


def test_heartbeats_are_read(files):
    rules = files.read().rules
    beat = (LabelMatcher("alertname", "Watchdog"),)
    assert rules.heartbeats == (ExpectedHeartbeat("prometheus", beat, 240.0, "api", "page"),)
    assert rules.sent_heartbeats == (SentHeartbeat("outside", "ann-phone", 30.0),)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("ExpectedHeartbeat.spec.matchers", ["alertname"], "matchers[0]"),
        ("ExpectedHeartbeat.spec.matchers", ['alertname=~".*"'], "matchers"),
        ("ExpectedHeartbeat.spec.matchers", [], "matchers"),
        ("ExpectedHeartbeat.spec.within", "soon", "within"),
        ("ExpectedHeartbeat.spec.service", "nobody", "service"),
        ("SentHeartbeat.spec.target", "nowhere", "target"),
        ("SentHeartbeat.spec.every", "0m", "every"),
    ],
)
def test_what_cannot_be_a_heartbeat_is_refused_where_it_stands(files, path, value, field):
    assert any(one.field.endswith(field) for one in files.change(path, value).findings())
