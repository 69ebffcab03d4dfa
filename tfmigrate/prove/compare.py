"""Whether two runs came to the same: what they printed, plotted and wrote."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tfmigrate.prove.processes import Run

NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|nan\b|inf\b)")
_DECIMALS = re.compile(r"[-+]?\d+\.(\d{3,})\Z")
_WORD = re.compile(r"\w+")
_PUNCTUATION = str.maketrans("[](),", "     ")
_EAGER = re.compile(r"(?:<)?tf\.Tensor(?:\(|: )(.*?),? shape=\([\d, ]*\), dtype=\w+[>)]", re.DOTALL)
_UNKNOWN = re.compile(r"(?<=[\[(, ])\?(?=[\]),])")
"""An unknown dimension as TensorFlow 1 prints it."""
_SYMBOLIC = re.compile(
    r"Tensor\(\"|KerasTensor|<tf\.|<tensorflow\.|<class |<function|<bound method|object at 0x"
    r"|\"?name: \""
)
_SLOT = re.compile(
    r"(?:/(?:Adam|Adagrad|Adadelta|AdaMax|Ftrl|Momentum|RMSProp|ExponentialMovingAverage)(?:_\d+)?"
    r"|(?:^|/)beta\d_power(?:_\d+)?|\.OPTIMIZER_SLOT.*)\Z"
)
_SUFFIX = re.compile(r"_\d+\Z")
_ON_THE_FENCE = 0.05


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far numbers may be apart; a number printed with 3 decimals may be off by one in the last.

    ``ignore`` are regular expressions of printed text that does not count, such as timings.
    """

    relative: float = 1e-3
    absolute: float = 2e-5
    ignore: tuple[str, ...] = ()

    def close(self, one: float, other: float, unit: float = 0.0) -> bool:
        """Whether two numbers are as good as the same."""
        if one == other or (math.isnan(one) and math.isnan(other)):
            return True
        return abs(one - other) <= max(self.absolute + self.relative * abs(other), 1.01 * unit)


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place at which two runs part: what it is about, and both sides of it."""

    where: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        if not self.before and not self.after:
            return self.where
        return f"{self.where}: {self.after or 'nothing'} (before: {self.before or 'nothing'})"


def runs(before: Run, after: Run, tolerance: Tolerance) -> Difference | None:
    """The first difference between two runs that both came to their end."""
    return (
        printed(before.out, after.out, tolerance)
        or plotted(before.plots, after.plots, tolerance)
        or summarised(before.scalars, after.scalars, tolerance)
        or saved(before.variables, after.variables, tolerance)
    )


def lines(text: str, ignore: Iterable[str] = ()) -> list[str]:
    """The lines of a program's output that are worth comparing, in plain form."""
    text = _UNKNOWN.sub("None", _EAGER.sub(r"\1", text))
    for pattern in ignore:
        text = re.sub(pattern, "", text)
    plain = (" ".join(line.split()) for line in text.translate(_PUNCTUATION).splitlines())
    return [line for line in plain if line]


def printed(before: str, after: str, tolerance: Tolerance) -> Difference | None:
    """The first difference in what was printed.

    Numbers are compared with a tolerance, and words only in lines that have no number. A line that
    shows a symbolic object (``Tensor("add:0", ...)``) has no counterpart in eager code: where
    there are such, the others have to be found, in their order.
    """
    symbolic = [line for line in _marked(before, tolerance.ignore) if line[1]]
    wanted = [line for line, marked in _marked(before, tolerance.ignore) if not marked]
    got = lines(after, tolerance.ignore)
    if symbolic:
        return _in_order(wanted, got, tolerance)
    for place, (old, new) in enumerate(zip(wanted, got, strict=False), 1):
        if not same_line(old, new, tolerance):
            return Difference(f"line {place}", old, new)
    if len(wanted) != len(got):
        place = min(len(wanted), len(got))
        return Difference(
            f"line {place + 1} of {len(wanted)}",
            "".join(wanted[place : place + 1]),
            "".join(got[place : place + 1]),
        )
    return None


def _marked(text: str, ignore: Iterable[str]) -> list[tuple[str, bool]]:
    """The lines of an output, each with whether it shows a symbolic object."""
    found = []
    for line in _EAGER.sub(r"\1", text).splitlines():
        found += [(each, bool(_SYMBOLIC.search(line))) for each in lines(line, ignore)]
    return found


def _in_order(wanted: Sequence[str], got: Sequence[str], tolerance: Tolerance) -> Difference | None:
    rest = iter(got)
    for line in wanted:
        if not any(same_line(line, each, tolerance) for each in rest):
            return Difference("a line is missing", line)
    return None


def same_line(before: str, after: str, tolerance: Tolerance) -> bool:
    """Whether two lines have the same numbers, or, if they have none, the same words."""
    old, new = NUMBER.findall(before), NUMBER.findall(after)
    if len(old) != len(new):
        return False
    if not old:
        return _WORD.findall(before) == _WORD.findall(after)
    return all(
        tolerance.close(float(one), float(other), unit(one))
        for one, other in zip(old, new, strict=True)
    )


def unit(token: str) -> float:
    """What one in the last place of a printed number is worth; 0 if it has few decimals."""
    found = _DECIMALS.match(token)
    return 10.0 ** -len(found[1]) if found else 0.0


def plotted(before: Sequence[Any], after: Sequence[Any], tolerance: Tolerance) -> Difference | None:
    """The first difference in what was plotted: function, and a digest of each argument."""
    for place, (old, new) in enumerate(zip(before, after, strict=False), 1):
        if not alike(old, new, tolerance):
            return Difference(f"plot {place}", str(old), str(new))
    if len(before) != len(after):
        return Difference(f"{len(after)} plots, before {len(before)}")
    return None


def summarised(
    before: Sequence[tuple[str, int, float]],
    after: Sequence[tuple[str, int, float]],
    tolerance: Tolerance,
) -> Difference | None:
    """The first difference in the scalars of the event files.

    Where both sides use the same tags, they are compared tag by tag; tags may be spelled
    differently, and then the values have to be the same in their order.
    """
    old, new = _series(before), _series(after)
    if set(old) != set(new):
        old = {"": [value for _, _, value in before]}
        new = {"": [value for _, _, value in after]}
    for tag in old:
        name = f"scalars {tag}".strip()
        if len(old[tag]) != len(new[tag]):
            return Difference(f"{name}: {len(new[tag])} values, before {len(old[tag])}")
        off = [
            place
            for place, (one, other) in enumerate(zip(old[tag], new[tag], strict=True))
            if not tolerance.close(one, other)
        ]
        if off and not _few(off, old[tag], new[tag], tolerance):
            one, other = old[tag][off[0]], new[tag][off[0]]
            return Difference(f"{name}, value {off[0] + 1}", f"{one:.6g}", f"{other:.6g}")
    return None


def _few(
    off: Sequence[int], before: Sequence[float], after: Sequence[float], tolerance: Tolerance
) -> bool:
    """Whether so few of many values are off, and so little, that rounding explains it.

    One sample that sits on the fence moves an accuracy by more than any tolerance of numbers.
    """
    count = len(before)
    return len(off) <= count * _ON_THE_FENCE and tolerance.close(
        sum(before) / count, sum(after) / count
    )


def _series(scalars: Iterable[tuple[str, int, float]]) -> dict[str, list[float]]:
    """The values of each tag, without the number that a graph may have added to it."""
    found: dict[str, list[float]] = {}
    for tag, _, value in scalars:
        found.setdefault(_SUFFIX.sub("", tag), []).append(value)
    return found


def saved(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, tolerance: Tolerance
) -> Difference | None:
    """The first variable of a checkpoint that the other side did not save, whatever its name.

    Slots of optimizers do not count, nor does a variable of a shape that the other side has not
    got at all: there it is cut differently, as the kernels of RNN cells are.
    """
    if not before:
        return None
    if not after:
        return Difference("no checkpoint was written", f"{len(before)} variables")
    for name, value in before.items():
        if _SLOT.search(name):
            continue
        others = [each for each in after.values() if each[0] == value[0]]
        if others and not any(alike(value, each, tolerance) for each in others):
            return Difference(f"variable {name}", _short(value), _short(others[0]))
    return None


def _short(value: Sequence[Any]) -> str:
    shape, mean, deviation, _ = value
    return f"shape {shape}, mean {mean:.6g}, deviation {deviation:.6g}"


def alike(before: Any, after: Any, tolerance: Tolerance) -> bool:
    """Whether two pieces of plain data are the same but for the tolerance of their numbers."""
    if isinstance(before, (list, tuple)) and isinstance(after, (list, tuple)):
        return len(before) == len(after) and all(
            alike(one, other, tolerance) for one, other in zip(before, after, strict=True)
        )
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return before.keys() == after.keys() and all(
            alike(value, after[key], tolerance) for key, value in before.items()
        )
    if isinstance(before, bool) or isinstance(after, bool):
        return before is after
    if isinstance(before, (int, float)) and isinstance(after, (int, float)):
        return tolerance.close(float(before), float(after))
    return bool(before == after)
