"""Wilkinson formulas to design matrices, through formulaic; coefficient names as secr writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pardus.model.capture import Floats
from pardus.model.errors import ParameterError
from pardus.model.language import _

TRANSFORMS = frozenset(
    [
        "s",
        "bs",
        "cs",
        "cr",
        "cc",
        "te",
        "poly",
        "center",
        "scale",
        "standardize",
        "C",
        "I",
        "log",
        "log10",
        "log2",
        "exp",
        "sqrt",
        "abs",
        "np",
        "hashed",
        "lag",
        "Q",
        "contr",
        "lookup",
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """A design matrix. values: (row, column); names: as secr ("D", "D.forest"); spec: to apply it to new rows;
    variables: columns that it needs.
    """

    values: Floats
    names: tuple[str, ...]
    spec: Any = None
    variables: frozenset[str] = frozenset()


def is_constant(formula: str) -> bool:
    """Whether a formula is only an intercept."""
    return formula.strip() == "1"


def variables(formula: str, known: frozenset[str] | set[str]) -> set[str]:
    """Return the known variables that a formula uses.

    Raises ParameterError for a word that is neither a variable nor a function.
    """
    text = re.sub(r"'[^']*'|\"[^\"]*\"", " ", formula)
    words = set(re.findall(r"`([^`]+)`|([A-Za-z_][A-Za-z_0-9.]*)\s*(\(|=(?!=))?", text))
    out: set[str] = set()
    for quoted, word, after in words:
        name = quoted or word
        if name in known:
            out.add(name)
        elif not quoted and (after or name.split(".")[0] in TRANSFORMS or name in ("True", "False", "None")):
            continue
        else:
            raise ParameterError(
                _("Formula {formula!r}: there is no {name!r}. Known here: {known}.").format(
                    formula=f"~{formula}", name=name, known=", ".join(sorted(known))
                )
            )
    return out


def design(parameter: str, formula: str, frame: pd.DataFrame, intercept: bool = True) -> Matrix:
    """Return the design matrix of a parameter over the rows of a frame.

    Text columns are categorical with alphabetical levels (treatment contrasts, first level is the base).
    intercept False removes the intercept after coding (relative density).
    Raises ParameterError for a formula that cannot be read, or for missing values in its variables.
    """
    if is_constant(formula):
        columns = np.ones((len(frame), 1 if intercept else 0))
        return Matrix(columns, (parameter,) if intercept else ())
    used = variables(formula, set(frame.columns))
    _refuse_missing(formula, frame, used)
    from formulaic import model_matrix  # imported late: a second of start-up that constant models never pay

    from pardus.scr.smooth import s

    try:
        matrix = model_matrix(_quoted(formula, used), frame, context={"np": np, "s": s})
    except Exception as error:
        raise ParameterError(
            _("Formula {formula!r} cannot be used: {reason}").format(
                formula=f"~{formula}", reason=_first_line(error)
            )
        ) from error
    names = tuple(_secr_name(parameter, str(name)) for name in matrix.columns)
    values = np.asarray(matrix, dtype=np.float64)
    spec = matrix.model_spec
    if not intercept:
        keep = np.array([name != parameter for name in names], dtype=bool)
        values, names = values[:, keep], tuple(n for n in names if n != parameter)
    return Matrix(values, names, spec, frozenset(used))


def again(matrix: Matrix, parameter: str, frame: pd.DataFrame) -> Floats:
    """Return the same design over new rows (same coding, knots, centring)."""
    if matrix.spec is None:
        return np.ones((len(frame), len(matrix.names)))
    new = np.asarray(matrix.spec.get_model_matrix(frame), dtype=np.float64)
    columns = [_secr_name(parameter, str(name)) for name in matrix.spec.column_names]
    return new[:, [columns.index(name) for name in matrix.names]]


def categorical(values: Any, levels: tuple[str, ...] | None = None) -> Any:
    """Return a column as formulaic wants it: text becomes a categorical with sorted (or given) levels."""
    array = np.asarray(values)
    if array.dtype.kind in "OUST":
        texts = array.astype(str)
        return pd.Categorical(texts, categories=list(levels or sorted(set(texts) - {""})))
    if array.dtype.kind == "b":
        return pd.Categorical(np.where(array, "TRUE", "FALSE"), categories=["FALSE", "TRUE"])
    return array.astype(np.float64)


def _quoted(formula: str, used: set[str]) -> str:
    """Backtick variables whose names Python would read as something else (habitat.cov)."""
    for name in sorted(used, key=len, reverse=True):
        if not name.isidentifier():
            pattern = rf"(?<![`\w.]){re.escape(name)}(?![`\w.])"
            formula = re.sub(pattern, f"`{name}`", formula)
    return formula


def _first_line(error: Exception) -> str:
    """Return what formulaic says, without its coloured excerpt; of a fault of ours inside a term only our words."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ParameterError):
            return str(cause)
        cause = cause.__cause__ or cause.__context__
    return re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip().partition("\n")[0]


def _secr_name(parameter: str, column: str) -> str:
    if column == "Intercept":
        return parameter
    column = re.sub(r"\bs\(([\w.` ]+)[^)]*\)\[(\d+)\]", r"s(\1).\2", column)
    column = re.sub(r"C\(([\w.`]+)(?:,\s*contr\.[^)]*\))?\)", r"\1", column)
    plain = re.sub(r"\[T\.([^\]]*)\]", r"\1", column).replace("`", "")
    return f"{parameter}.{plain}"


def _refuse_missing(formula: str, frame: pd.DataFrame, used: set[str]) -> None:
    missing: Mapping[str, int] = {name: int(frame[name].isna().sum()) for name in sorted(used)}
    bad = {name: count for name, count in missing.items() if count}
    if bad:
        raise ParameterError(
            _(
                "Formula {formula!r}: missing values in {bad}. Fill them, or model the class as unknown (hcov)."
            ).format(formula=f"~{formula}", bad=", ".join(f"{name} ({count})" for name, count in bad.items()))
        )
