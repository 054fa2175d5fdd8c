"""The documents of `covet-sre/v1` about heartbeats: whose we expect, and where ours goes."""

from typing import Annotated, Literal

from pydantic import Field

from covet_sre.spec.openslo import Description, Metadata, Name, Strict

WithinText = Annotated[str, Field(pattern=r"^0{0,8}[1-9][0-9]{0,7}(s|m|h)$", examples=["3m", "90s"])]


class ExpectedHeartbeatSpec(Strict):
    description: Description = None
    matchers: list[str] = Field(
        min_length=1, description='Labels of the alert that always fires, `alertname="Watchdog"`. All must match.'
    )
    within: WithinText = Field("3m", description="How long it may stay away before that is an alert.")
    service: Name | None = Field(None, description="Service of that alert. Left out: that of unclaimed alerts.")
    severity: Annotated[str, Field(min_length=1)] = Field("critical", description="Its label `severity`.")


class ExpectedHeartbeat(Strict):
    """An alert that always fires proves that the way from its sender to us works."""

    api_version: Literal["covet-sre/v1"] = Field(description="Which format this document follows.")
    kind: Literal["ExpectedHeartbeat"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: ExpectedHeartbeatSpec = Field(description="What is expected.")


class SentHeartbeatSpec(Strict):
    description: Description = None
    target: Name = Field(description="NotificationTarget that somebody else watches: a dead man's switch.")
    every: WithinText = Field("1m", description="How often it is sent.")


class SentHeartbeat(Strict):
    """Ours goes the whole way, in, decided, written and out: somebody else misses it when a part of that is broken."""

    api_version: Literal["covet-sre/v1"] = Field(description="Which format this document follows.")
    kind: Literal["SentHeartbeat"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: SentHeartbeatSpec = Field(description="Where it goes.")
