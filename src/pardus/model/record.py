"""Types of the model as records (JSON objects) and back: the form in which the log keeps them.

Field names are those of the dataclass; a field that has its default value is left out. datetimes and dates are
ISO text (datetimes keep their offset; naive ones stay naive), tuples are lists, a float that is not a number is null.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


class _Field(NamedTuple):
    name: str
    required: bool
    default: Any
    encode: Callable[[Any], Any] | None
    decode: Callable[[Any], Any] | None


def to_record(value: Any) -> dict[str, Any]:
    """Return a dataclass of the model as a record; fields that have their default value are left out."""
    record: dict[str, Any] = {}
    for field in _fields(cast(Any, type(value))):
        content = getattr(value, field.name)
        if not field.required and content == field.default:
            continue
        record[field.name] = content if field.encode is None else field.encode(content)
    return record


def from_record(cls: type[T], record: dict[str, Any]) -> T:
    """Return the object a record describes.

    Raises ValueError naming the field if one is unknown, absent without a default, or malformed.
    """
    known = _fields(cast(Any, cls))
    values: dict[str, Any] = {}
    for field in known:
        if field.name not in record:
            if field.required:
                raise ValueError(f"{cls.__name__}: field {field.name!r} is missing")
            continue
        content = record[field.name]
        try:
            values[field.name] = content if field.decode is None else field.decode(content)
        except (TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"{cls.__name__}: field {field.name!r}: {error}") from error
    if len(values) < len(record):
        unknown = sorted(set(record) - {field.name for field in known})
        raise ValueError(f"{cls.__name__}: unknown field {', '.join(map(repr, unknown))}")
    return cls(**values)


@cache
def _fields(cls: Any) -> tuple[_Field, ...]:
    hints = get_type_hints(cls)
    described = []
    for field in fields(cls):
        required = field.default is MISSING and field.default_factory is MISSING
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        described.append(_Field(field.name, required, default, *_codec(hints[field.name])))
    return tuple(described)


def _codec(hint: Any) -> tuple[Callable[[Any], Any] | None, Callable[[Any], Any] | None]:
    """Return (encode, decode) for a field's type; None where the value goes as it is, but is checked."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        inner = next(a for a in args if a is not type(None))
        encode, decode = _codec(inner)
        return _unless_none(encode), _unless_none(decode)
    if hint is datetime or hint is date:
        return hint.isoformat, hint.fromisoformat
    if hint is float:
        return _float_out, _float_in
    if origin is tuple:
        encode, decode = _codec(args[0])
        return _each(encode, list), _each(decode, tuple)
    if is_dataclass(hint):
        return to_record, lambda record: from_record(cast(type, hint), record)
    if origin is dict:
        return dict, _checked(dict)
    return None, _checked(hint)


def _unless_none(convert: Callable[[Any], Any] | None) -> Callable[[Any], Any] | None:
    if convert is None:
        return None
    return lambda value: None if value is None else convert(value)


def _each(convert: Callable[[Any], Any] | None, kind: type) -> Callable[[Any], Any]:
    def run(values: Any) -> Any:
        if not isinstance(values, list | tuple):
            raise TypeError(f"expected a list, found {values!r}")
        return kind(values) if convert is None else kind(convert(value) for value in values)

    return run


def _checked(kind: type) -> Callable[[Any], Any]:
    def run(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"expected {kind.__name__}, found {value!r}")
        return value

    return run


def _float_out(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _float_in(value: Any) -> float:
    if value is None:
        return math.nan
    if type(value) not in (int, float):
        raise TypeError(f"expected a number, found {value!r}")
    return float(value)
