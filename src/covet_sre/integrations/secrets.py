"""A secret of the server's own: in the environment, or in a file that the environment names. Never shown."""

from collections.abc import Callable, Mapping

from covet_sre.errors import Refused


def secret_of(environment: Mapping[str, str], name: str, read_file: Callable[[str], str]) -> str:
    """That of the variable `name`, or of the file that `name`_FILE names; empty where neither is set.

    Raises Refused, without the secret in it.
    """
    given, path = environment.get(name, "").strip(), environment.get(f"{name}_FILE", "").strip()
    if not path:
        return given
    where = f"{name}_FILE"
    if given:
        raise Refused(f"{name} is set as well", where=where, remedy="set one of the two")
    try:
        secret = read_file(path).strip()
    except (OSError, UnicodeError) as failure:
        why = failure.strerror if isinstance(failure, OSError) and failure.strerror else "it is no text"
        raise Refused(f"file {path} cannot be read: {why}", where=where, remedy="check the path and rights") from None
    if not secret:
        raise Refused(f"file {path} is empty", where=where, remedy="write the secret into it")
    return secret
