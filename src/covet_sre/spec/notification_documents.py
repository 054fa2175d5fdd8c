"""The documents of `covet-sre/v1` about where notifications go, and the settings of each type of target."""

from typing import Annotated, Literal

from pydantic import Field

from covet_sre.oncall.target import TargetKind
from covet_sre.spec.covet_documents import EnvironmentName
from covet_sre.spec.oncall_documents import SLACK_MEMBER_PATTERN, DelayText, EmailAddress
from covet_sre.spec.openslo import EMPTY_LIST, EMPTY_MAPPING, Description, Metadata, Strict

FILE_PATTERN = r"^/[^\n]+$"
REPOSITORY_PATTERN = r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$"
HOST_PATTERN = r"^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$"
PROJECT_PATTERN = r"^[A-Z][A-Z0-9_]{1,30}$"
LINE_PATTERN = r"^[^\r\n]+$"
CHANNEL_PREFIX_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,19}$"

SecretFile = Annotated[str, Field(pattern=FILE_PATTERN, examples=["/run/secrets/pagerduty"])]
Line = Annotated[str, Field(pattern=LINE_PATTERN)]


class PagerDutySettings(Strict):
    """settings of `type: pagerduty`: its Events API v2, or what speaks it."""

    routing_key_env: EnvironmentName | None = Field(
        None, description="Environment variable with the integration's routing key. Or `routingKeyFile`."
    )
    routing_key_file: SecretFile | None = Field(None, description="File that holds it.")
    url: str = Field(
        "https://events.pagerduty.com/v2/enqueue", description="Where events are posted. Left out: PagerDuty's address."
    )
    escalates: bool = Field(False, description="`true` if the service there has an escalation policy of its own.")
    signing_secret_env: EnvironmentName | None = Field(
        None, description="Environment variable with the secret of its webhooks to us. Or `signingSecretFile`."
    )
    signing_secret_file: SecretFile | None = Field(None, description="File that holds it.")


class SlackSettings(Strict):
    """settings of `type: slack`."""

    channel: Line = Field(description="Channel id, `C012AB3CD`, or its name, `#platform`.")
    token_env: EnvironmentName | None = Field(
        None, description="Environment variable with the bot token. Or `tokenFile`."
    )
    token_file: SecretFile | None = Field(None, description="File that holds it.")
    signing_secret_env: EnvironmentName | None = Field(
        None, description="Environment variable with the signing secret, for buttons. Or `signingSecretFile`."
    )
    signing_secret_file: SecretFile | None = Field(None, description="File that holds it.")
    api_url: str = Field("https://slack.com/api/", description="Where its Web API is. Left out: Slack's address.")
    incident_channels: bool = Field(
        False, description="`true`: each P0 and P1 whose people this target tells gets a channel of its own."
    )
    channel_prefix: Annotated[str, Field(pattern=CHANNEL_PREFIX_PATTERN)] = Field(
        "", description="What the names of those channels begin with. Left out: the incident's own name, `inc-...`."
    )
    invite: list[Annotated[str, Field(pattern=SLACK_MEMBER_PATTERN)]] = Field(
        default_factory=list,
        json_schema_extra=EMPTY_LIST,
        description="Member ids that are invited to each, beside those who take part.",
    )
    archive_after: DelayText = Field("7d", description="How long after the incident was closed they are archived.")


class EmailSettings(Strict):
    """settings of `type: email`: an SMTP server."""

    host: Annotated[str, Field(pattern=HOST_PATTERN)] = Field(description="Name or address of the server.")
    port: int = Field(587, ge=1, le=65535, description="Left out: 587.")
    start_tls: bool = Field(True, description="`false` only for a server on the same machine.")
    sender: EmailAddress = Field(alias="from", description="Whose mail it is.")
    to: list[EmailAddress] = Field(
        default_factory=list,
        json_schema_extra=EMPTY_LIST,
        description="Who gets what is meant for a team. A person's mail goes to their own address.",
    )
    username_env: EnvironmentName | None = Field(
        None, description="Environment variable with the user name. Or `usernameFile`."
    )
    username_file: SecretFile | None = Field(None, description="File that holds it.")
    password_env: EnvironmentName | None = Field(
        None, description="Environment variable with the password. Or `passwordFile`."
    )
    password_file: SecretFile | None = Field(None, description="File that holds it.")


class WebhookSettings(Strict):
    """settings of `type: webhook`: JSON by HTTP, signed as Standard Webhooks has it."""

    url: str = Field(description="Where it is posted, http or https.")
    secret_env: EnvironmentName | None = Field(
        None, description="Environment variable with the signing secret, `whsec_...`. Or `secretFile`."
    )
    secret_file: SecretFile | None = Field(None, description="File that holds it.")
    headers: dict[str, Line] = Field(
        default_factory=dict, json_schema_extra=EMPTY_MAPPING, description="HTTP headers that hold no secret, by name."
    )


class GithubSettings(Strict):
    """settings of `type: github`: an issue for each incident."""

    repository: Annotated[str, Field(pattern=REPOSITORY_PATTERN)] = Field(description="`owner/name`.")
    token_env: EnvironmentName | None = Field(
        None, description="Environment variable with a token that may write issues. Or `tokenFile`."
    )
    token_file: SecretFile | None = Field(None, description="File that holds it.")
    api_url: str = Field("https://api.github.com", description="Where its REST API is. Left out: GitHub's address.")
    labels: list[Annotated[str, Field(pattern=r"^[^,\r\n]+$")]] = Field(
        default_factory=list, json_schema_extra=EMPTY_LIST, description="Labels of the issues."
    )


class JiraSettings(Strict):
    """settings of `type: jira`: an issue for each incident."""

    url: str = Field(description="Base address of the site.")
    project: Annotated[str, Field(pattern=PROJECT_PATTERN)] = Field(description="Key of the project, `OPS`.")
    issue_type: Line = Field("Task", description="What kind of issue it becomes. Left out: `Task`.")
    user_env: EnvironmentName | None = Field(
        None,
        description="Environment variable with the user's e-mail address. Or `userFile`. Neither: the token is all.",
    )
    user_file: SecretFile | None = Field(None, description="File that holds it.")
    token_env: EnvironmentName | None = Field(
        None, description="Environment variable with the API token. Or `tokenFile`."
    )
    token_file: SecretFile | None = Field(None, description="File that holds it.")


class NoSettings(Strict):
    """settings of `type: tickets` and `type: inbox`, which are our own pages: none."""


SETTINGS: dict[TargetKind, type[Strict]] = {
    TargetKind.PAGERDUTY: PagerDutySettings,
    TargetKind.SLACK: SlackSettings,
    TargetKind.EMAIL: EmailSettings,
    TargetKind.WEBHOOK: WebhookSettings,
    TargetKind.GITHUB: GithubSettings,
    TargetKind.JIRA: JiraSettings,
    TargetKind.TICKETS: NoSettings,
    TargetKind.INBOX: NoSettings,
}
"""The model of `settings` by `type`."""


class NotificationTargetSpec(Strict):
    description: Description = None
    type: Literal["pagerduty", "slack", "email", "webhook", "github", "jira", "tickets", "inbox"] = Field(
        description="Which system carries it. `tickets` and `inbox` are our own pages."
    )
    settings: dict[str, object] = Field(
        default_factory=dict,
        json_schema_extra=EMPTY_MAPPING,
        description="How it is reached; the fields depend on `type`.",
    )


class NotificationTarget(Strict):
    """Where notifications go. Teams and their members name it, by channel."""

    api_version: Literal["covet-sre/v1"] = Field(description="Which format this document follows.")
    kind: Literal["NotificationTarget"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: NotificationTargetSpec = Field(description="The target.")
