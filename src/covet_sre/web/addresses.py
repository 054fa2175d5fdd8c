"""Where things are found on this server, and which addresses outside it may be linked."""

from urllib.parse import quote, urlsplit


def slo_address(name: str) -> str:
    return f"/slos/{quote(name, safe='')}"


def service_address(name: str) -> str:
    return f"/services/{quote(name, safe='')}"


def incident_address(identity: str) -> str:
    return f"/incidents/{quote(identity, safe='')}"


def safe_link(address: str) -> str:
    """The address, if a click on it can only open a web page; names in files are other people's words."""
    return address if urlsplit(address).scheme in ("http", "https") else ""
