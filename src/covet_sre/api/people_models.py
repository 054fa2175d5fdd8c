"""What the API answers about the people of an incident, and about what was said to others."""

from pydantic import Field

from covet_sre.alerting.severity import Severity
from covet_sre.api.models import Model, Time
from covet_sre.incident.roles import Role
from covet_sre.incident.templates import MessageKind


class DutyTicked(Model):
    """One line of a role's checklist; `by` and `at` are empty while it is to be done."""

    text: str
    done: bool
    by: str
    at: Time | None


class HolderItem(Model):
    """Who holds a role, and since when. `domain` is an expert's."""

    person: str
    since: Time
    domain: str


class RoleItem(Model):
    """One of the handbook's roles. `single`: one person holds it at a time."""

    role: Role
    title: str
    single: bool
    holders: list[HolderItem]
    duties: list[DutyTicked]


class RoleRequestItem(Model):
    """People who were asked to take a role and have not answered."""

    number: int
    role: Role
    people: list[str]
    schedule: str
    domain: str
    note: str
    by: str
    at: Time


class RolesAnswer(Model):
    items: list[RoleItem]
    requests: list[RoleRequestItem]


class ParticipantsAnswer(Model):
    """Those who take part, in the order in which they joined, with the roles that they hold."""

    items: list["ParticipantItem"]


class ParticipantItem(Model):
    person: str
    roles: list[Role]


class MessageItem(Model):
    """One message that was sent. `text` is what left, word for word; the counts are of those who were to be told."""

    number: int
    kind: MessageKind
    text: str
    public: str = Field(description="What the status page was given, empty for nothing.")
    audiences: list[str]
    missing: list[str] = Field(description="Mandatory fields that were empty, and that the sender confirmed.")
    by: str
    at: Time
    told: int
    delivered: int
    failed: int
    waiting: int


class PromiseItem(Model):
    """The update that is promised. `reminded` are those who were reminded that it is due."""

    due: Time
    overdue: bool
    reminded: list[str]


class CommunicationsAnswer(Model):
    """`channel` is the incident's own, where it has one."""

    items: list[MessageItem]
    promise: PromiseItem | None
    channel: str


class FieldItem(Model):
    """`value` is what stands there now; without one, the message shows the placeholder."""

    name: str
    label: str
    value: str
    placeholder: str
    mandatory: bool
    list: bool


class AudienceItem(Model):
    """`key` is what is sent back to choose it; `usual` ones are meant where nobody chooses."""

    key: str
    label: str
    detail: str
    usual: bool
    told: int


class DraftAnswer(Model):
    """A message as it stands. `version` goes back with what is saved or sent: an older one is refused."""

    kind: MessageKind
    version: int
    saved_by: str
    saved: Time | None
    fields: list[FieldItem]
    missing: list[str]
    text: str
    audiences: list[AudienceItem]


class SubscriptionItem(Model):
    """`id` ends the subscription: it is empty where it is somebody else's, and whoever asks may send no messages."""

    id: str
    person: str
    services: list[str]
    at_least: Severity
    messages: list[MessageKind]
    target: str
    address: str
    made: Time
