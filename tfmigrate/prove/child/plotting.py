"""A plotting library that draws nothing and remembers the numbers it was given."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from typing import Any

PACKAGES = ("matplotlib", "mpl_toolkits", "pylab", "seaborn")
_NUMBERS = {"plot", "scatter", "imshow", "bar", "hist", "plot_surface", "set_data", "imsave"}
_WORDS = {"text", "title", "suptitle", "set_title", "set_text", "xlabel", "ylabel"}


class Anything:
    """Answers whatever a program does with it."""

    def __init__(self, name: str, plots: list[list[Any]]) -> None:
        self.__dict__.update(_name=name, _plots=plots)

    def _another(self, name: str) -> Anything:
        return Anything(name, self.__dict__["_plots"])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._another(name)

    def __setattr__(self, name: str, value: Any) -> None:
        pass

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Something of the same name, once the numbers have been taken down."""
        name = self.__dict__["_name"]
        if name == "subplots":
            return self._another("figure"), self._axes(*args, **named)
        if name in _NUMBERS:
            digests = (digest(each) for each in args)
            self.__dict__["_plots"].append([name, *(each for each in digests if each)])
        elif name in _WORDS:
            words = [each for each in args if isinstance(each, str)]
            self.__dict__["_plots"].append([name, *words])
        return self._another(name)

    def _axes(self, nrows: int = 1, ncols: int = 1, squeeze: bool = True, **_: Any) -> Any:
        import numpy as np

        axes = np.empty((nrows, ncols), dtype=object)
        for place in np.ndindex(nrows, ncols):
            axes[place] = self._another("axes")
        if squeeze:
            axes = axes.squeeze()
        return axes if axes.ndim else axes.item()

    def __iter__(self) -> Iterator[Any]:
        # `line, = plot(...)` takes one, `n, bins, patches = hist(...)` three
        count = 3 if self.__dict__["_name"] == "hist" else 1
        return iter([self._another("item") for _ in range(count)])

    def __getitem__(self, place: Any) -> Any:
        return self._another("item")

    def __setitem__(self, place: Any, value: Any) -> None:
        pass

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        pass

    def __lt__(self, other: Any) -> bool:
        return False

    __gt__ = __le__ = __ge__ = __lt__

    def __add__(self, other: Any) -> Any:
        return self

    __sub__ = __mul__ = __truediv__ = __radd__ = __rmul__ = __add__

    def __int__(self) -> int:
        return 0

    def __float__(self) -> float:
        return 0.0

    def __len__(self) -> int:
        return 1

    def __bool__(self) -> bool:
        return True


def digest(value: Any) -> list[float] | None:
    """How many numbers there are in an array, their mean and their deviation; None if none."""
    import numpy as np

    try:
        array = np.asarray(value, dtype="float64")
    except (TypeError, ValueError):
        return None
    return [float(array.size), float(array.mean()), float(array.std())] if array.size else None


class Finder:
    """Imports of plotting packages give modules of :class:`Anything`."""

    def __init__(self, plots: list[list[Any]]) -> None:
        self.plots = plots

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: Any = None
    ) -> ModuleSpec | None:
        """For the names of plotting packages and of all below them."""
        if name.partition(".")[0] not in PACKAGES:
            return None
        return ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        """A module that has every attribute."""
        plots = self.plots

        class Module(types.ModuleType):
            def __getattr__(self, name: str) -> Any:
                if name.startswith("__"):
                    raise AttributeError(name)
                return Anything(name, plots)

        return Module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing to do: it is made when something is asked of it."""


def install() -> list[list[Any]]:
    """Put the stand-ins in place; the list to which plotted numbers are going to be added."""
    for name in list(sys.modules):
        if name.partition(".")[0] in PACKAGES:
            del sys.modules[name]
    plots: list[list[Any]] = []
    sys.meta_path.insert(0, Finder(plots))
    return plots
