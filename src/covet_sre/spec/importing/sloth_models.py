"""Sloth's documents, field by field: `prometheus/v1` in snake_case, `sloth.slok.dev/v1` in camelCase, alert windows."""

from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from covet_sre.spec.importing.foreign import CamelForeign, Foreign, KubernetesMetadata

# The Kubernetes form has the same fields in the other spelling. (Interval and infoLabels are camelCase in both.)
_CAMEL = ConfigDict(alias_generator=to_camel)


class Events(Foreign, frozen=True):
    error_query: str = Field(description="A PromQL expression of bad events over {{.window}}.")
    total_query: str = Field(description="A PromQL expression of all events over {{.window}}.")


class Raw(Foreign, frozen=True):
    error_ratio_query: str = Field(description="A PromQL expression of the error ratio over {{.window}}.")


class Plugin(Foreign, frozen=True):
    id: str = Field(description="The plugin's id.")
    options: dict[str, object] = Field(default={})


class Sli(Foreign, frozen=True):
    events: Events | None = None
    raw: Raw | None = None
    plugin: Plugin | None = None


class SloPlugin(Foreign, frozen=True):
    id: str = Field(description="The plugin's id.")
    config: object = None
    priority: int = 0


class SloPlugins(CamelForeign, frozen=True):
    chain: list[SloPlugin] = Field(default=[])
    override_previous: bool = False


class Alert(Foreign, frozen=True):
    disable: bool = False
    labels: dict[str, str] = Field(default={})
    annotations: dict[str, str] = Field(default={})
    # `for` is read by a plugin of Sloth's alone.
    pending: str = Field(default="", alias="for")


class Alerting(Foreign, frozen=True):
    name: str = ""
    labels: dict[str, str] = Field(default={})
    annotations: dict[str, str] = Field(default={})
    page_alert: Alert = Alert()
    ticket_alert: Alert = Alert()


class Slo(Foreign, frozen=True):
    name: str = Field(min_length=1, description="What the SLO is called.")
    objective: float = Field(description="Share of good events in percent: 99.9.")
    description: str = ""
    labels: dict[str, str] = Field(default={})
    info_labels: dict[str, str] = Field(default={}, alias="infoLabels")
    sli: Sli = Field(description="One of events and raw.")
    alerting: Alerting = Alerting()
    interval: dict[str, object] = Field(default={})
    plugins: SloPlugins = SloPlugins()


class Specification(Foreign, frozen=True):
    """`version: prometheus/v1`."""

    version: Literal["prometheus/v1"]
    service: str = Field(min_length=1, description="The service that the SLOs belong to.")
    labels: dict[str, str] = Field(default={})
    slo_plugins: SloPlugins = SloPlugins()
    slos: list[Slo] = Field(min_length=1, description="At least one SLO.")


class KubernetesEvents(Events, frozen=True):
    model_config = _CAMEL


class KubernetesRaw(Raw, frozen=True):
    model_config = _CAMEL


class KubernetesSli(Sli, frozen=True):
    events: KubernetesEvents | None = None
    raw: KubernetesRaw | None = None


class KubernetesAlerting(Alerting, frozen=True):
    model_config = _CAMEL


class KubernetesSlo(Slo, frozen=True):
    model_config = _CAMEL
    sli: KubernetesSli = Field(description="One of events and raw.")
    alerting: KubernetesAlerting = KubernetesAlerting()


class KubernetesSpecification(CamelForeign, frozen=True):
    service: str = Field(min_length=1, description="The service that the SLOs belong to.")
    labels: dict[str, str] = Field(default={})
    slo_plugins: SloPlugins = SloPlugins()
    slos: list[KubernetesSlo] = Field(min_length=1, description="At least one SLO.")


class PrometheusServiceLevel(CamelForeign, frozen=True):
    api_version: Literal["sloth.slok.dev/v1"]
    kind: Literal["PrometheusServiceLevel"]
    metadata: KubernetesMetadata
    spec: KubernetesSpecification = Field(description="The service and its SLOs.")
    status: object = None


class AlertWindow(CamelForeign, frozen=True):
    error_budget_percent: float = Field(gt=0, le=100, description="The share of the budget that is gone, in percent.")
    short_window: str = Field(description="The shorter window, 5m.")
    long_window: str = Field(description="The longer window, 1h.")


class AlertWindowPair(CamelForeign, frozen=True):
    quick: AlertWindow = Field(description="The quicker of two alerts.")
    slow: AlertWindow = Field(description="The slower of two alerts.")


class AlertWindows(CamelForeign, frozen=True):
    slo_period: str = Field(description="The period that these windows belong to, 28d.")
    page: AlertWindowPair = Field(description="The windows of the page alert.")
    ticket: AlertWindowPair = Field(description="The windows of the ticket alert.")


class VersionedAlertWindows(AlertWindows, frozen=True):
    """`version: alertWindows/v1`."""

    version: Literal["alertWindows/v1"]


class KubernetesAlertWindows(CamelForeign, frozen=True):
    """`kind: AlertWindows`."""

    api_version: Literal["sloth.slok.dev/v1"]
    kind: Literal["AlertWindows"]
    metadata: object = None
    spec: AlertWindows = Field(description="The period and its windows.")
