"""A cold command as an object of named fields, for people and other languages, and back again, exactly.

Names are the structs' own; bytes are base64; a command's type stands under "kind". What is signed is never this text
but the command's one encoding, so two texts of a command are still the same command.
"""

from typing import Any, get_args

import msgspec

from venus.records.commands import PlainCommand

KIND = "kind"
BY_NAME: dict[str, type[msgspec.Struct]] = {kind.__name__: kind for kind in get_args(PlainCommand)}
"""Every plain command by its name."""


class BadFields(ValueError):
    """An object that is no command; says what is wrong."""


def to_fields(command: PlainCommand) -> dict[str, Any]:
    """What JSON can hold of it."""
    return {KIND: type(command).__name__, **_object(command)}


def from_fields(fields: dict[str, Any]) -> PlainCommand:
    """The command of an object that names all its fields and no others. Raises BadFields."""
    name = fields.get(KIND)
    kind = BY_NAME.get(name) if isinstance(name, str) else None
    if kind is None:
        raise BadFields(f"kind must be one of {', '.join(BY_NAME)}")
    try:
        return msgspec.convert(
            [kind.__struct_config__.tag, *_values(kind, fields, {KIND}, "")], PlainCommand, builtin_types=(bytes,)
        )
    except msgspec.ValidationError as error:
        raise BadFields(f"{name}: {error}") from None


def _object(part: msgspec.Struct) -> dict[str, Any]:
    return {name: _plain(getattr(part, name)) for name in part.__struct_fields__}


def _plain(value: Any) -> Any:
    match value:
        case msgspec.Struct():
            return _object(value)
        case tuple():
            return [_plain(one) for one in value]
        case bytes():
            return msgspec.to_builtins(value)  # base64
        case _:
            return value


def _values(kind: type[msgspec.Struct], fields: dict[str, Any], besides: set[str], where: str) -> list[Any]:
    """Fields in the struct's order, whatever is inside them too."""
    declared = msgspec.structs.fields(kind)
    missing = [field.name for field in declared if field.name not in fields]
    unknown = sorted(fields.keys() - besides - {field.name for field in declared})
    if missing or unknown:
        words = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"has unknown {', '.join(unknown)}"] * bool(unknown)
        raise BadFields(f"{where or kind.__name__} {' and '.join(words)}")
    return [_value(field.type, fields[field.name], f"{where or kind.__name__}.{field.name}") for field in declared]


def _value(kind: Any, value: Any, where: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if not isinstance(value, dict):
            raise BadFields(f"{where} must be an object")
        return _values(kind, value, set(), where)
    if kind is bytes:
        return _bytes(value, where)
    inside = get_args(kind)
    if inside and isinstance(value, list):
        return [_value(inside[0], one, f"{where}[{place}]") for place, one in enumerate(value)]
    return value


def _bytes(value: Any, where: str) -> bytes:
    try:
        return msgspec.convert(value, bytes)
    except msgspec.ValidationError as error:
        raise BadFields(f"{where}: {error}") from None
