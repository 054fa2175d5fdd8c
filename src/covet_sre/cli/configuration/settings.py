"""The table of settings. A new one is a row here; flags, environment, file, `config show` and the docs follow.

A row whose `field` names a field of `app.Settings` reaches the server by that name.
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
    Setting("session.lasts", Span(60.0), 7 * 86400.0, "A session ends after so long.", given_field="session_seconds"),
    Setting("backup.folder", Place("DIR"), None, "Write verified backups into this folder, and prune them."),
    Setting("backup.every", Span(10.0), 900.0, "How often a backup is made."),
    Setting("backup.kept", Number(1, 100_000), 96, "How many backups stay; the oldest go.", "--backups-kept"),
    Setting("verify.every", Span(60.0), 86400.0, "How often what is kept is looked through for damage."),
    Setting("log.level", Choice(("debug", "info", "warning", "error")), "info", "The least that is logged."),
    Setting(
        "log.requests",
        Choice(("none", "errors", "all")),
        "errors",
        "Which requests get a line in the log: none, those that failed (5xx), or all.",
    ),
    Setting(
        "link_secret",
        Text(),
        "",
        "What the links are signed with that acknowledge an incident; without it they live until the server restarts.",
        is_secret=True,
    ),
)

BY_NAME = {setting.name: setting for setting in SETTINGS}
