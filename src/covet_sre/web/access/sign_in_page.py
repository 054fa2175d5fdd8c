"""The page on which one signs in. It says nothing of the installation: whoever sees it is not known yet."""

from dataclasses import dataclass

from covet_sre.flows.reading import Reliability
from covet_sre.web.access.doors import AccessDoors
from covet_sre.web.shell import Shell, shell


@dataclass(frozen=True, slots=True)
class SignInPage:
    """`is_open`: nobody has an account yet, and none is asked for on this machine."""

    shell: Shell
    wanted: str
    name: str
    problem: str
    remedy: str
    provider: str
    is_open: bool


def sign_in_page(
    reliability: Reliability, doors: AccessDoors, wanted: str, name: str, problem: str, remedy: str
) -> SignInPage:
    return SignInPage(
        shell(reliability, "Sign in", ""),
        wanted,
        name[:100],
        problem,
        remedy,
        doors.sign_in.provider_title,
        not doors.gatekeeper.has_accounts(),
    )
