"""The table of settings. A new one is a row here; flags, environment, file, `config show` and the docs follow.

A row whose `field` names a field of `app.Settings` reaches the server by that name. Some parts of the server read their
own variables: what the file says of those rows (`goes_by_environment`) is put into the environment of the process.
"""

from dataclasses import dataclass

from covet_sre.cli.configuration.kinds import Choice, DatabaseUrl, Kind, Number, Place, Several, Span, Switch, Text

PREFIX = "COVET_SRE_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One row. `name` is its key in the file: `backup.every` is `every` in `[backup]`.

    A secret has no flag and no value in the file: it stands in the environment, or in a file that `NAME_file` names.
    `field` and `flag` follow from the name unless they are given.
    """

    name: str
    kind: Kind
    default: object
    help: str
    given_flag: str = ""
    given_field: str = ""
    is_secret: bool = False
    is_argument: bool = False
    goes_by_environment: bool = False

    @property
    def field(self) -> str:
        """What code calls it."""
        return self.given_field or self._joined

    @property
    def flag(self) -> str:
        """Empty where it has none."""
        if self.is_secret or self.is_argument:
            return ""
        return self.given_flag or "--" + self._joined.replace("_", "-")

    @property
    def variable(self) -> str:
        return PREFIX + self._joined.upper()

    @property
    def _joined(self) -> str:
        return self.name.replace(".", "_")


def _elsewhere(name: str, kind: Kind, told: str) -> Setting:
    """One that a part of the server reads from its own variable; empty is as good as not set."""
    return Setting(name, kind, "", told, goes_by_environment=True)


def _secret(name: str, told: str) -> Setting:
    return Setting(name, Text(), "", told, is_secret=True, goes_by_environment=True)


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "paths", Several(Place()), (), "The reliability files, as the arguments of serve name them.", is_argument=True
    ),
    Setting(
        "host", Text("ADDRESS", may_be_empty=False), "127.0.0.1", "Address to listen on; any but loopback needs a user."
    ),
    Setting("port", Number(1, 65535), 8420, "Port to listen on."),
    Setting(
        "database_url",
        DatabaseUrl(),
        "sqlite:///covet-sre.db",
        "sqlite:///file.db or postgresql://user@host/database",
    ),
    Setting(
        "public_address",
        Text("URL"),
        "",
        "Where people reach the pages, for the links in notifications; by default the address that it listens on.",
    ),
    Setting(
        "hosts",
        Several(Text("NAME", may_be_empty=False)),
        (),
        "Further names that a request may ask for: of a Service, a proxy.",
    ),
    Setting(
        "allow_plain_http",
        Switch(),
        False,
        "Let passwords travel in clear, on a network nobody reads.",
        given_field="allows_plain_http",
    ),
    Setting(
        "session.idle",
        Span(60.0),
        12 * 3600.0,
        "A session ends when it was not used for so long.",
        given_field="session_idle_seconds",
    ),
    Setting("tls.certificate", Place("FILE"), None, "Serve https with this certificate (PEM, with its chain)."),
    Setting("tls.key", Place("FILE"), None, "Its key (PEM)."),
    Setting("tls.client_ca", Place("FILE"), None, "Certificates that clients show must be of these authorities (PEM)."),
    Setting("session.lasts", Span(60.0), 7 * 86400.0, "A session ends after so long.", given_field="session_seconds"),
    Setting("backup.folder", Place("DIR"), None, "Write verified backups into this folder, and prune them."),
    Setting("backup.every", Span(10.0), 900.0, "How often a backup is made."),
    Setting("backup.kept", Number(1, 100_000), 96, "How many backups stay; the oldest go.", "--backups-kept"),
    Setting(
        "status_page.folder",
        Place("DIR"),
        None,
        "Write the public status page there as static files, on every change.",
    ),
    Setting("verify.every", Span(60.0), 86400.0, "How often what is kept is looked through for damage."),
    Setting("log.level", Choice(("debug", "info", "warning", "error")), "info", "The least that is logged."),
    Setting(
        "log.requests",
        Choice(("none", "errors", "all")),
        "errors",
        "Which requests get a line in the log: none, those that failed (5xx), or all.",
    ),
    _elsewhere("oidc.issuer", Text("URL"), "The identity provider; without one, nobody signs in through it."),
    _elsewhere("oidc.client_id", Text(), "How Covet SRE is known to it."),
    _secret("oidc.client_secret", "What proves that to it."),
    _elsewhere("oidc.scopes", Text(), "What is asked of it; by default openid profile email."),
    _elsewhere("oidc.groups_claim", Text(), "The claim that holds a person's groups; by default groups."),
    _elsewhere(
        "oidc.authentication", Text(), "client_secret_basic, client_secret_post or none; by default as it says."
    ),
    _elsewhere("oidc.name", Text(), "What stands on the button."),
    _elsewhere("oidc.groups", Text(), "Roles by group: sre=admin, payments=responder team:payments."),
    _elsewhere("oidc.default_role", Text(), "The role of everybody whom it knows; by default none."),
    _elsewhere(
        "outbound.allowed", Text(), "Private addresses that may be written to, by subscribers: networks or names."
    ),
    _elsewhere("outbound.ports", Text(), "Ports that may be written to."),
    _elsewhere("refused_passwords_file", Text("FILE"), "Known passwords, one a line: none of them is taken."),
    _secret(
        "link_secret",
        "What the links are signed with that acknowledge an incident; without it they live until the server restarts.",
    ),
)

BY_NAME = {setting.name: setting for setting in SETTINGS}
