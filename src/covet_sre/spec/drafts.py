"""Schedules as a text would declare them, among the people that there are: tried before they are saved."""

from covet_sre.flows.oncall import Draft
from covet_sre.oncall.directory import Directory
from covet_sre.spec.findings import Findings
from covet_sre.spec.library import Library
from covet_sre.spec.oncall_documents import Schedule
from covet_sre.spec.people import People
from covet_sre.spec.schedules import schedules
from covet_sre.spec.yaml_documents import read_yaml

FILE = "draft.yaml"
"""What findings call the text."""


def draft_of(text: str, directory: Directory) -> Draft:
    """The schedules in a text, with every finding; documents of other kinds are passed over.

    People are those of the directory. A schedule that has an error is among the findings, and not among the schedules.
    """
    findings = Findings()
    documents = read_yaml(text, FILE, findings)
    library = Library(findings, is_whole=not findings.has_errors)
    for document in documents:
        if document.kind == Schedule.__name__:
            library.add(document)
    found = schedules(library, People(library, by_name=dict(directory.people)))
    return Draft(found, findings.worst_first())
