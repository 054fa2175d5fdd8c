"""Documents against their models: each mistake of shape becomes a finding that says what to do."""

from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from covet_sre.spec.findings import Findings, Path, Place, Spot, Step, did_you_mean, listed, shown
from covet_sre.spec.notification_documents import (
    FILE_PATTERN,
    HOST_PATTERN,
    LINE_PATTERN,
    PROJECT_PATTERN,
    REPOSITORY_PATTERN,
)
from covet_sre.spec.oncall_documents import (
    DATE_PATTERN,
    DELAY_PATTERN,
    EMAIL_PATTERN,
    END_OF_DAY_PATTERN,
    SLACK_MEMBER_PATTERN,
    TIME_OF_DAY_PATTERN,
    TURN_PATTERN,
    WALL_TIME_PATTERN,
)
from covet_sre.spec.openslo import DURATION_PATTERN, NAME_PATTERN
from covet_sre.spec.severity_documents import RESPONSE_PATTERN

Model = TypeVar("Model", bound=BaseModel)

_TYPE_WORDS = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "finite_number": "a finite number",
}


def check(model: type[Model], value: object, spot: Spot, findings: Findings) -> Model | None:
    """The value as the model, or None with one finding for each mistake."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        by_path: dict[Path, list[Any]] = {}
        for detail in error.errors(include_url=False, include_context=True):
            by_path.setdefault(_written(detail, spot), []).append(detail)
        for path, details in by_path.items():
            _report(model, path, details, spot, findings)
    return None


def _written(detail: Any, spot: Spot) -> Path:
    """The path as the file has it: without the names of types and of `[key]` that pydantic adds to it."""
    location: Path = detail["loc"]
    if detail["type"] == "missing":
        return location
    place: Place | None = spot.document.place
    for step in spot.path:
        place = place.children.get(step) if place else None
    path: list[Step] = []
    for step in location:
        place = place.children.get(step) if place else None
        if place is None:
            break
        path.append(step)
    return tuple(path)


def _report(model: type[BaseModel], path: Path, details: list[Any], spot: Spot, findings: Findings) -> None:
    here = spot
    for step in path:
        here = here / step
    detail = details[0]
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        findings.error(here, "field-unknown", "unknown field", did_you_mean(str(path[-1]), _fields(model, path[:-1])))
    elif kind == "missing":
        findings.error(here, "field-missing", "is required", f"add it: {_describe(model, path)}")
    elif kind in _TYPE_WORDS:
        words = " or ".join(dict.fromkeys(_TYPE_WORDS.get(str(each["type"]), "another type") for each in details))
        problem = "is empty" if value is None else f"is {shown(value)}"
        findings.error(here, "type-wrong", problem, _type_remedy(value, words))
    else:
        problem, remedy = _value_problem(kind, value, context)
        findings.error(here, "value-wrong", problem, remedy)


def _type_remedy(value: object, words: str) -> str:
    if value is None:
        return f"write {words}, or remove the line"
    if words.startswith("text") and isinstance(value, bool | int | float):
        return f'write text, in quotes: "{str(value).lower() if isinstance(value, bool) else value}"'
    if words == "true or false" and isinstance(value, str):
        return "write true or false, without quotes"
    return f"write {words}"


def _value_problem(kind: str, value: object, context: dict[str, Any]) -> tuple[str, str]:
    quoted = f"is {shown(value)}"
    match kind:
        case "literal_error":
            expected = str(context["expected"])
            words = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
            near = did_you_mean(str(value), words)
            return quoted, near if near.startswith("did") else f"write {expected}"
        case "string_pattern_mismatch":
            return quoted, _PATTERN_REMEDIES.get(context["pattern"], f"write text that matches {context['pattern']}")
        case "string_too_long":
            return f"has {len(str(value))} characters", f"shorten it to {context['max_length']}"
        case "string_too_short" | "too_short":
            return "is empty" if not value else quoted, f"write at least {context['min_length']}"
        case "too_long":
            return f"has {context['actual_length']} items", f"write at most {context['max_length']}"
        case "greater_than":
            return quoted, f"write a number above {_plain(context['gt'])}"
        case "greater_than_equal":
            return quoted, f"write a number of at least {_plain(context['ge'])}"
        case "less_than":
            return quoted, f"write a number below {_plain(context['lt'])}"
        case "less_than_equal":
            return quoted, f"write a number of at most {_plain(context['le'])}"
        case _:
            return quoted, f"write what docs/reliability-files.md describes ({kind.replace('_', ' ')})"


def _plain(number: float) -> str:
    return f"{number:g}"


_PATTERN_REMEDIES = {
    NAME_PATTERN: "write 1 to 63 lower-case letters, digits and '-', with a letter or digit at both ends",
    DURATION_PATTERN: "write a whole number above 0 and one of m (minutes), h, d, w, M (months), Q, Y",
    DELAY_PATTERN: "write a whole number above 0 and one of s, m (minutes), h, d: 5m",
    TURN_PATTERN: "write a whole number above 0 and one of h, d, w, M (months): 1w",
    RESPONSE_PATTERN: "write immediately, next business day, or a time such as 15m or 1h",
    WALL_TIME_PATTERN: "write a date and a time of day: 2026-01-05 09:00",
    TIME_OF_DAY_PATTERN: "write a time of day from 00:00 to 23:59",
    END_OF_DAY_PATTERN: "write a time of day from 00:00 to 24:00",
    DATE_PATTERN: "write a date: 2026-12-25",
    EMAIL_PATTERN: "write an e-mail address: ann@example.com",
    SLACK_MEMBER_PATTERN: "write a Slack member id: U012AB3CD",
    FILE_PATTERN: "write the absolute path of a file: /run/secrets/token",
    REPOSITORY_PATTERN: "write owner/name",
    HOST_PATTERN: "write the name of a host: smtp.example.com",
    PROJECT_PATTERN: "write the key of a project: OPS",
    LINE_PATTERN: "write one line of text",
}


# ---------------------------------------------------------------- what a model has at a path


def _fields(model: type[BaseModel], path: Path) -> list[str]:
    inner = _model_at(model, path)
    return [field.alias or name for name, field in inner.model_fields.items()] if inner else []


def _describe(model: type[BaseModel], path: Path) -> str:
    inner = _model_at(model, path[:-1])
    for name, field in inner.model_fields.items() if inner else ():
        if (field.alias or name) == path[-1] and field.description:
            return field.description
    return listed([f"{path[-1]}: ..."])


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    current: type[BaseModel] | None = model
    for step in path:
        if isinstance(step, int) or current is None:
            continue
        named = [field for name, field in current.model_fields.items() if (field.alias or name) == step]
        current = _model_in(named[0].annotation) if named else None
    return current


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, UnionType, list):
        for argument in get_args(annotation):
            found = _model_in(argument)
            if found:
                return found
    return None
