"""Watching the control plane itself: rules and a dashboard over its own metrics."""

from covet_sre.flows.declaration import Declaration
from covet_sre.flows.generating import Generated, Kind
from covet_sre.integrations.own.alerts import own_rules
from covet_sre.integrations.own.dashboard import MARK, own_dashboard
from covet_sre.integrations.prometheus.rules import RULES
from covet_sre.integrations.prometheus.rules.document import groups_text

__all__ = ["OWN"]

_HEAD = "# Made by `{mark}`: change the reliability files, not this, and generate again.\n"


class _Own:
    """The rules of our own objectives and alerts, in a file each, and the dashboard."""

    kind = Kind(".rules.yaml", MARK, (".dashboard.json",))

    def generate(self, declaration: Declaration) -> Generated:
        """For a declaration of the control plane's own SLOs: examples/self, or what was made of it."""
        of_objectives = RULES.generate(declaration)
        files = {
            f"{name.removesuffix(RULES.kind.suffix)}-objectives.rules.yaml": text.replace(RULES.kind.mark, MARK)
            for name, text in of_objectives.files.items()
        }
        files["covet-sre-self.rules.yaml"] = f"{_HEAD.format(mark=MARK)}groups:\n{groups_text([own_rules()])}"
        files["covet-sre-self.dashboard.json"] = own_dashboard().text()
        return Generated(files, of_objectives.remarks)


OWN = _Own()
