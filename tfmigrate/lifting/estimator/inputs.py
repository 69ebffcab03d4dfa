"""Input functions as datasets: ``numpy_input_fn``, and functions of the program's own."""

from __future__ import annotations

import ast
import re

from tfmigrate.lifting.estimator import api
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.functions import Text
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import uses
from tfmigrate.lifting.writing import Action

_DATASET = "tf.data.Dataset"
_NAME = re.compile(r"input_(fn|func|function)\Z|_?(fn|func)\Z")
_WIDTH = 88
_FIXED = frozenset(
    {
        *("tf", "tf.constant", "tf.convert_to_tensor", "tf.cast", "tf.reshape", "tf.expand_dims"),
        *("tf.SparseTensor", "tf.float32", "tf.float64", "tf.int32", "tf.int64", "tf.string"),
    }
)
"""What makes tensors that are the same at each step."""
_ITERATORS = ("tf.data.Dataset.make_one_shot_iterator", "tf.data.make_one_shot_iterator")


class Inputs:
    """Turns what an Estimator takes for an input function into a dataset.

    ``replaced`` and ``actions`` collect what has to change for that. ``used`` are the names of
    functions that are input functions, with the places where they are used as such.
    """

    def __init__(
        self,
        facts: Facts,
        text: Text,
        replaced: dict[ast.expr, str],
        actions: dict[ast.stmt, Action],
        taken: set[str],
    ) -> None:
        self.facts = facts
        self.text = text
        self.replaced = replaced
        self.actions = actions
        self.taken = taken
        self.done: set[ast.AST] = set()
        self.understood: set[ast.expr] = set()
        """Names of input functions where they are used in a way that is understood."""
        self.renamed: dict[str, str] = {}
        self.steps: dict[str, list[str]] = {}
        """Datasets of arrays, step by step."""

    # ------------------------------------------------------------------ input functions

    def dataset(self, node: ast.expr) -> str:
        """The text of a dataset for what stands for an input function.

        Raises:
            Unliftable: it is none that is understood.
        """
        if isinstance(node, ast.Lambda):
            if ast.unparse(node.args):
                raise Unliftable(node, "an input function with parameters")
            return self.result(node.body, None)
        if isinstance(node, ast.Name):
            return self.named(node)
        if isinstance(node, ast.Call):
            symbol = api.symbol(node, self.facts)
            if symbol == api.NUMPY:
                return self.numpy(node)
            if symbol == api.PANDAS:
                return self.pandas(node)
            if isinstance(node.func, (ast.Name, ast.Attribute)) and self.is_partial(node):
                return self.partial(node)
            helper = self.facts.called(node)
            if helper is not None and isinstance(node.func, ast.Name):
                self.understood.add(node.func)
                makes = self.factory(helper.node)
                return self.text(node) + ("()" if makes else "")
        raise Unliftable(node, "an input function that is not understood")

    def is_partial(self, node: ast.Call) -> bool:
        """``functools.partial(input_fn, ...)``."""
        name = ast.unparse(node.func)
        return name in ("functools.partial", "partial") and bool(node.args)

    def partial(self, node: ast.Call) -> str:
        """The call that a ``partial`` stands for."""
        first = node.args[0]
        if not isinstance(first, ast.Name) or first.id not in self.facts.functions:
            raise Unliftable(node, "an input function that is not understood")
        self.understood.add(first)
        self.function(self.facts.functions[first.id])
        given = [self.text(each) for each in node.args[1:]]
        given += [
            f"{each.arg}={self.text(each.value)}" if each.arg else f"**{self.text(each.value)}"
            for each in node.keywords
        ]
        return f"{first.id}({', '.join(given)})"

    def named(self, node: ast.Name) -> str:
        """A function of the file, or a name that is given an input function."""
        function = self.facts.functions.get(node.id)
        if function is not None:
            if self.wants_arguments(function):
                raise Unliftable(node, "an input function with parameters")
            self.understood.add(node)
            self.function(function)
            return f"{node.id}()"
        bound = self.bindings(node.id)
        if not bound:
            raise Unliftable(node, f"`{node.id}` is not known to be an input function")
        self.understood.add(node)
        for each in bound:
            if each not in self.done:
                self.done.add(each)
                self.replaced[each.value] = self.laid_out(self.dataset(each.value), each.value)
        return self.rename(node.id)

    def wants_arguments(self, node: ast.FunctionDef) -> bool:
        """Whether a function has parameters without a default."""
        return (
            len(node.args.args) > len(node.args.defaults)
            or any(default is None for default in node.args.kw_defaults)
            or any(each.arg in ("params", "config", "mode") for each in node.args.args)
        )

    def bindings(self, name: str) -> list[ast.Assign]:
        """Every binding of a name, if all of them are plain assignments."""
        stores = [
            each
            for each in self.facts.nodes
            if isinstance(each, ast.Name) and each.id == name and not isinstance(each.ctx, ast.Load)
        ]
        found = [
            each
            for each in self.facts.nodes
            if isinstance(each, ast.Assign)
            and len(each.targets) == 1
            and isinstance(each.targets[0], ast.Name)
            and each.targets[0].id == name
        ]
        arguments = {each.arg for each in self.facts.nodes if isinstance(each, ast.arg)}
        return found if len(found) == len(stores) and name not in arguments else []

    def rename(self, name: str) -> str:
        """What a name that held an input function is called now."""
        if name not in self.renamed:
            new = _NAME.sub(
                "dataset" if not name.endswith("_fn") or "input" in name else "_dataset", name
            )
            if new in self.taken or not new.isidentifier():
                new = name
            self.taken.add(new)
            self.renamed[name] = new
            for each in self.facts.nodes:
                if isinstance(each, ast.Name) and each.id == name and new != name:
                    self.replaced[each] = new
        return self.renamed[name]

    def check(self) -> None:
        """Every name of an input function must have been understood wherever it is read."""
        functions = {each.name for each in self.done if isinstance(each, ast.FunctionDef)}
        nested = {
            each.name
            for each in self.done
            if isinstance(each, ast.FunctionDef) and each not in self.facts.tree.body
        }
        for each in self.facts.nodes:
            if not isinstance(each, ast.Name) or not isinstance(each.ctx, ast.Load):
                continue
            known = (functions | set(self.renamed)) - nested
            if each.id in known and each not in self.understood:
                raise Unliftable(each, f"`{each.id}` is also used for something else")

    # ------------------------------------------------------------------ what they return

    def factory(self, node: ast.FunctionDef) -> bool:
        """Whether a function returns a function (it is a dataset if not)."""
        returns = _returns(node)
        inner = {each.name: each for each in ast.walk(node) if isinstance(each, ast.FunctionDef)}
        kinds = set()
        for each in returns:
            value = each.value
            if isinstance(value, ast.Name) and value.id in inner and inner[value.id] is not node:
                if self.wants_arguments(inner[value.id]):
                    raise Unliftable(value, "an input function with parameters")
                self.understood.add(value)
                self.function(inner[value.id])
                kinds.add(True)
            elif isinstance(value, ast.Lambda):
                if each not in self.done:
                    self.done.add(each)
                    self.replaced[value.body] = self.dataset(value)
                kinds.add(True)
            elif value is not None:
                if each not in self.done:
                    self.done.add(each)
                    self.replaced[value] = self.dataset(value)
                kinds.add(False)
        if len(kinds) != 1:
            raise Unliftable(node, f"`{node.name}` returns different things")
        return kinds.pop()

    def function(self, node: ast.FunctionDef) -> None:
        """Make a function return a dataset."""
        if node in self.done:
            return
        self.done.add(node)
        returns = _returns(node)
        if not returns:
            raise Unliftable(node, f"`{node.name}` returns nothing")
        for each in returns:
            if each.value is None:
                raise Unliftable(each, f"`{node.name}` returns nothing")
            text = self.result(each.value, node)
            if text != self.text(each.value):
                self.replaced[each.value] = text

    def result(self, node: ast.expr, function: ast.FunctionDef | None) -> str:
        """The text of a dataset for what an input function returns."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            helper = self.facts.called(node)
            if helper is not None:
                self.understood.add(node.func)
                self.function(helper.node)
                return self.text(node)
        if self.facts.instance(node) == _DATASET:
            return self.text(node)
        if isinstance(node, ast.Call):
            symbol = self.facts.symbol(node.func)
            if symbol == "tf.data.Iterator.get_next" and isinstance(node.func, ast.Attribute):
                return self.iterated(node.func.value, function)
            if isinstance(node.func, ast.Call) and not (node.args or node.keywords):
                return self.dataset(node.func)
        if isinstance(node, ast.IfExp):
            body, orelse = self.result(node.body, function), self.result(node.orelse, function)
            return f"{body} if {self.text(node.test)} else {orelse}"
        if isinstance(node, ast.Name) and function is not None:
            return self.local(node, function)
        if isinstance(node, ast.Tuple) and len(node.elts) == 2:
            return self.pair(node, function)
        raise Unliftable(node, "an input function that returns no dataset")

    def local(self, node: ast.Name, function: ast.FunctionDef) -> str:
        """A name that an input function returns."""
        found = self.assigned(node.id, function)
        if found is None or not isinstance(found.targets[0], ast.Name):
            raise Unliftable(node, "an input function that returns no dataset")
        if self.facts.instance(found.value) == _DATASET:
            return self.text(node)
        text = self.result(found.value, function)
        self.gone(found)
        return text

    def pair(self, node: ast.Tuple, function: ast.FunctionDef | None) -> str:
        """``features, labels``: of an iterator, or tensors that are the same at each step."""
        names = [each.id for each in node.elts if isinstance(each, ast.Name)]
        if function is not None:
            read = uses(node).reads
            found = [
                each
                for name in sorted(read)
                if (each := self.assigned(name, function)) is not None and self.is_next(each.value)
            ]
            if len({id(each) for each in found}) == 1:
                return self.unpacked(node, names, found[0], function)
            if all(self.is_fixed(each) for each in ast.walk(function)):
                # the whole data at each step
                return f"tf.data.Dataset.from_tensors({self.tuple(node)}).repeat()"
        raise Unliftable(node, "an input function that returns no dataset")

    def is_fixed(self, node: ast.AST) -> bool:
        """Whether a node of an input function makes the same tensors whenever it is run."""
        symbol = self.facts.symbol(node)
        return symbol is None or symbol in _FIXED or not isinstance(node, (ast.Attribute, ast.Name))

    def unpacked(
        self, node: ast.Tuple, names: list[str], found: ast.Assign, function: ast.FunctionDef
    ) -> str:
        """``features, labels = iterator.get_next()``, then ``return features, labels``."""
        target = found.targets[0]
        value = found.value
        assert isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)
        if not isinstance(target, ast.Tuple):
            raise Unliftable(found, "the next element of a dataset, used in parts")
        own = [each.id for each in target.elts if isinstance(each, ast.Name)]
        if len(own) != len(target.elts):
            raise Unliftable(found, "the next element of a dataset, used in parts")
        others = [
            each
            for each in ast.walk(function)
            if isinstance(each, ast.Name)
            and each.id in own
            and each not in set(ast.walk(found))
            and each not in set(ast.walk(node))
        ]
        if others:
            raise Unliftable(others[0], f"`{others[0].id}` is changed after it was read")
        self.gone(found)
        dataset = self.iterated(value.func.value, function)
        if names == own:
            return dataset
        return f"{dataset}.map(lambda {', '.join(own)}: {self.tuple(node)})"

    def tuple(self, node: ast.Tuple) -> str:
        """The text of a tuple, in parentheses."""
        return f"({', '.join(self.text(each) for each in node.elts)})"

    def is_next(self, node: ast.expr) -> bool:
        """``iterator.get_next()``."""
        return isinstance(node, ast.Call) and self.facts.role(node) is Role.NEXT

    def iterated(self, node: ast.expr, function: ast.FunctionDef | None) -> str:
        """The dataset that an iterator runs over."""
        if isinstance(node, ast.Name) and function is not None:
            found = self.assigned(node.id, function)
            if found is not None and isinstance(found.targets[0], ast.Name):
                text = self.iterated(found.value, function)
                self.gone(found)
                return text
        if isinstance(node, ast.Call) and self.facts.symbol(node.func) in _ITERATORS:
            if node.args:
                return self.text(node.args[0])
            if isinstance(node.func, ast.Attribute):
                return self.text(node.func.value)
        raise Unliftable(node, "an iterator that is not a one-shot iterator")

    def assigned(self, name: str, function: ast.FunctionDef) -> ast.Assign | None:
        """The last assignment of a name in a function, if it is a plain one."""
        found = [
            each
            for each in ast.walk(function)
            if isinstance(each, ast.Assign) and len(each.targets) == 1 and name in uses(each).writes
        ]
        return max(found, key=lambda each: each.lineno, default=None)

    def gone(self, node: ast.stmt) -> None:
        """A statement that goes."""
        self.actions.setdefault(node, Action()).removed = True

    # ------------------------------------------------------------------ arrays

    def numpy(self, node: ast.Call) -> str:
        """``numpy_input_fn``: slices of arrays, shuffled, repeated, in batches."""
        given = api.given(node, api.NUMPY)
        if "x" not in given:
            raise Unliftable(node, "`numpy_input_fn` without `x`")
        return self.arrays(node, given, self.text(given["x"]), shuffled=False)

    def pandas(self, node: ast.Call) -> str:
        """``pandas_input_fn``: the columns of a frame as a dictionary."""
        given = api.given(node, api.PANDAS)
        if "x" not in given or "target_column" in given:
            raise Unliftable(node, "`pandas_input_fn` without `x`, or with a target column")
        return self.arrays(node, given, f"dict({self.text(given['x'])})", shuffled=True)

    def arrays(
        self, node: ast.Call, given: dict[str, ast.expr], features: str, *, shuffled: bool
    ) -> str:
        """The dataset of some arrays."""
        labels = f"({features}, {self.text(given['y'])})" if "y" in given else features
        parts = [f"tf.data.Dataset.from_tensor_slices({labels})"]
        shuffle = given.get("shuffle")
        if shuffle is not None:
            if not isinstance(shuffle, ast.Constant):
                raise Unliftable(shuffle, "whether the input is shuffled is not written out")
            shuffled = bool(shuffle.value)
        if shuffled:
            buffer = given.get("queue_capacity")
            parts.append(f".shuffle({self.text(buffer) if buffer is not None else 1000})")
        epochs = self.epochs(node, given)
        if epochs is not None:
            parts.append(f".repeat({epochs})")
        batch = given.get("batch_size")
        parts.append(f".batch({self.text(batch) if batch is not None else 128})")
        text = "".join(parts)
        self.steps[text] = parts
        return text

    def laid_out(self, text: str, node: ast.expr) -> str:
        """A dataset that is given a name: a step a line, if it is long."""
        parts = self.steps.get(text)
        if parts is None or node.col_offset + len(text) <= _WIDTH:
            return text
        return "(\n    " + "\n    ".join(parts) + "\n)"

    def epochs(self, node: ast.Call, given: dict[str, ast.expr]) -> str | None:
        """What ``repeat`` is called with; None if it is not."""
        index = api.PARAMETERS[api.NUMPY].index("num_epochs")
        named = any(each.arg == "num_epochs" for each in node.keywords)
        epochs = given.get("num_epochs")
        if epochs is None:
            return "" if named or len(node.args) > index else None
        if isinstance(epochs, ast.Constant) and epochs.value == 1:
            return None
        return self.text(epochs)


def _returns(node: ast.FunctionDef) -> list[ast.Return]:
    """The return statements of a function, not those of functions in it."""
    inner = {
        id(sub)
        for each in ast.walk(node)
        if isinstance(each, (ast.FunctionDef, ast.Lambda)) and each is not node
        for sub in ast.walk(each)
    }
    return [
        each for each in ast.walk(node) if isinstance(each, ast.Return) and id(each) not in inner
    ]
