"""What run sites draw from iterators: elements that are passed to functions, or looked at."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tfmigrate.lifting.iterators import Element, Iterators, Made, Start
from tfmigrate.lifting.model import Kind, RunSite, Stage, Step, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.slices import MOVES, Part, backward
from tfmigrate.lifting.steps import heads
from tfmigrate.lifting.uses import path_of

if TYPE_CHECKING:
    from tfmigrate.lifting.emission import Emission
    from tfmigrate.lifting.functions import Program

_INSIDE = (
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.IfExp,
    ast.BoolOp,
)
_ASKED = {
    "tf.data.Dataset.output_types": "dtype",
    "tf.data.Dataset.output_shapes": "shape",
    "tf.data.get_output_types": "dtype",
    "tf.data.get_output_shapes": "shape",
    "tf.data.Iterator.output_types": "dtype",
    "tf.data.Iterator.output_shapes": "shape",
}
_COUNTING = frozenset({"batch", "repeat", "shuffle", "skip", "take", "prefetch", "range"})
_NUMBERS = frozenset(
    f"tf.{name}"
    for name in ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8")
)


def is_looked_at(site: RunSite, iterators: Iterators) -> Element | None:
    """The element that a run site fetches and nothing else, so that no function is needed."""
    paths = [fetch.path for fetch in site.fetches]
    elements = {iterators.elements.get(path or "") for path in paths}
    if len(elements) != 1 or any(path in site.feeds for path in paths):
        return None
    (element,) = elements
    if element is None:
        return None
    if site.shape == "one":
        return element
    return element if site.shape in ("list", "tuple") and paths == element.paths else None


def stands_before(site: RunSite, program: Program) -> bool:
    """Whether what a run site draws can have a statement of its own before it."""
    step = site.step
    if step.header or not isinstance(step.node, (ast.Assign, ast.AugAssign, ast.Expr, ast.Return)):
        return False
    facts = program.scope.facts
    others = [call for call in facts.run_calls(step.node) if call is not site.call]
    if any(other.step is step and other is not site for other in program.scope.sites) or others:
        return False
    for node in ast.walk(step.node):
        if isinstance(node, _INSIDE) and any(each is site.call for each in ast.walk(node)):
            return False
    return True


def whole_elements(part: Part, program: Program) -> None:
    """Make a function take all of an element where it is passed on as it is drawn."""
    iterators = program.scope.iterators
    for site in part.sites:
        for element in iterators.drawn(site, part.takes):
            if not _by_name(element, site, program):
                part.takes.extend(path for path in element.paths if path not in part.takes)


def _by_name(element: Element, site: RunSite, program: Program) -> bool:
    """Whether the parts of an element get names before they are passed on."""
    if not stands_before(site, program):
        return False
    if not element.unpacked and not any(_is_endless(block) for block in site.step.blocks):
        return False
    names = {path.rpartition(".")[2] for path in element.paths}
    for step in program.scope.steps:
        bound = {path.rpartition(".")[2] for path in step.writes}
        if step.kind in (Kind.KEPT, Kind.STATE) and names & bound:
            return False
    return True


def _is_endless(node: ast.stmt) -> bool:
    """Whether a statement is a loop that something inside of it has to end."""
    return isinstance(node, ast.While) and isinstance(node.test, ast.Constant)


class Draws:
    """Writes the iterators of one program and what is drawn from them."""

    def __init__(self, emission: Emission) -> None:
        self.emission = emission
        self.program = emission.program
        self.scope = emission.scope
        self.text = emission.text
        self.iterators = self.scope.iterators
        self.makers: dict[str, Part] = {}
        self.names: set[str] = set()

    # ---------------------------------------------------------------- iterators

    def write(self) -> None:
        """Write what makes and starts iterators.

        Raises:
            Unliftable: what one runs over is not known where it starts.
        """
        found = self.iterators
        for path, made in found.made.items():
            action = self.emission.action(made.step.node)
            action.removed = True
            if made.one_shot:
                self.names.add(path.rpartition(".")[2])
                action.texts = [f"{self.spelled(path, made.step)} = {self.started(made, None)}"]
        for path, made in found.starters.items():
            action = self.emission.action(made.step.node)
            action.removed = True
            if path in found.passed and isinstance(made.step.node, ast.Assign):
                target = self.text(made.step.node.targets[0])
                action.texts = [f"{target} = {self.dataset(made, None)}"]
        for start in found.starts:
            texts = [
                f"{self.spelled(made.iterator, start.step)} = {self.started(made, start)}"
                for made in start.made
            ]
            self.names.update(made.iterator.rpartition(".")[2] for made in start.made)
            self.share(start)
            self.emission.replaced_statement(start.step.node, texts)
        for step in found.handed.values():
            self.emission.action(step.node).removed = True
        for step in self.scope.steps:
            if step.kind is Kind.KEPT:
                self.specifications(step)
        self.handlers()

    def specifications(self, step: Step) -> None:
        """What a dataset says of its elements."""
        facts = self.scope.facts
        for part in heads(step):
            for node in ast.walk(part):
                symbol = facts.symbol(node.func if isinstance(node, ast.Call) else node) or ""
                asked = _ASKED.get(symbol)
                if asked is None or not isinstance(node, (ast.Attribute, ast.Call)):
                    continue
                owner = node.value if isinstance(node, ast.Attribute) else node.args[0]
                spec = f"{self.text(owner)}.element_spec"
                self.emission.replaced[node] = (
                    f"tf.nest.map_structure(lambda spec: spec.{asked}, {spec})"
                )

    def started(self, made: Made, start: Start | None) -> str:
        """What an iterator is at its start."""
        if made.dataset is None:
            raise Unliftable(made.step.node, "an iterator that is started without a dataset")
        dataset = self.dataset(made, start)
        if made.iterator in self.looked_at():
            return f"{dataset}.as_numpy_iterator()"
        return f"iter({dataset})"

    def looked_at(self) -> set[str]:
        """The iterators whose elements no function takes: they may give arrays."""
        found = {made.iterator for made in self.iterators.made.values()}
        for part in self.program.parts:
            for site in part.sites:
                for element in self.iterators.drawn(site, part.takes):
                    found.discard(element.iterator)
                    if element.handle is not None:
                        found.discard(self.handed(element, site))
        return found

    def dataset(self, made: Made, start: Start | None) -> str:
        """The dataset that an iterator runs over; what is fed to it is passed to a function."""
        assert made.dataset is not None
        path = made.step.path(made.dataset)
        steps = [] if path is None else self.staged(path, made)
        if not steps:
            if self.emission.stages.of(made.dataset) is Stage.STAGED and path is None:
                raise Unliftable(made.dataset, "a dataset that depends on a tensor")
            return self.text(made.dataset)
        assert path is not None
        part = self.makers.get(path) or self.maker(path, steps, made)
        if start is None:
            return f"{part.name}()"
        feeds = self.fed(start)
        missing = [each for each in part.takes if each not in feeds]
        if missing:
            raise Unliftable(start.call, f"`{missing[0].rpartition('.')[2]}` is not fed")
        return f"{part.name}({', '.join(self.text(feeds[each]) for each in part.takes)})"

    def fed(self, start: Start) -> dict[str, ast.expr]:
        """What a run that starts iterators feeds."""
        given = [each.value for each in start.call.keywords if each.arg == "feed_dict"]
        given += start.call.args[1:2]
        if not given:
            return {}
        feed = given[0]
        path = start.step.path(feed)
        if path is not None:
            reached = self.scope.reaching(path, start.step.index)
            value = getattr(reached[0].node, "value", None) if len(reached) == 1 else None
            if isinstance(value, ast.Dict):
                raise Unliftable(start.call, "what an iterator is fed is built up before")
        if not isinstance(feed, ast.Dict):
            raise Unliftable(start.call, "what is fed is known only when the program runs")
        found: dict[str, ast.expr] = {}
        for key, value in zip(feed.keys, feed.values, strict=True):
            fed = start.step.path(key) if key is not None else None
            if fed is None:
                raise Unliftable(start.call, "what is fed is known only when the program runs")
            found[fed] = value
        return found

    def staged(self, path: str, made: Made) -> list[Step]:
        """The statements of a dataset that depend on what is fed."""
        found = backward(self.scope, [(path, made.step.index)])
        return sorted(found, key=lambda step: step.index)

    def maker(self, path: str, steps: list[Step], made: Made) -> Part:
        """The function that makes a dataset from what is fed."""
        part = Part(steps, gives=[path])
        if any(step.names.cls for step in steps):
            raise Unliftable(made.step.node, "a class that makes a dataset of what it is fed")
        placeholders = self.scope.placeholders
        read = {each for step in steps for each in step.reads}
        part.takes = [each for each in placeholders if each in read]
        for each in part.takes:
            if each in self.iterators.elements:
                raise Unliftable(made.step.node, "a dataset of what another one gives")
        name = path.rpartition(".")[2]
        part.name = self.program.unique(f"make_{name}")
        self.program.owners[part] = ""
        self.program.shared.append(part)
        self.makers[path] = part
        return part

    def conversions(self, part: Part) -> list[str]:
        """What is fed becomes of the type that its placeholder had."""
        if part not in self.makers.values():
            return []
        lines = []
        for path in part.takes:
            if self.counts(path, part):
                continue
            call = self.scope.placeholders[path].node.value  # type: ignore[attr-defined]
            given = [each.value for each in call.keywords if each.arg == "dtype"]
            dtype = (call.args or given or [None])[0]
            known = self.scope.facts.symbol(dtype) if dtype is not None else None
            if known in _NUMBERS:
                name = path.rpartition(".")[2]
                lines.append(f"{name} = tf.cast({name}, {self.text(dtype)})")
        return lines

    def counts(self, path: str, part: Part) -> bool:
        """Whether something is only said to methods of datasets that count by it."""
        found = False
        for step in part.steps:
            inside = set()
            for node in ast.walk(step.node):
                if isinstance(node, ast.Call):
                    symbol = self.scope.facts.symbol(node.func) or ""
                    if symbol.rpartition(".")[2] in _COUNTING and symbol.startswith("tf.data."):
                        inside |= {id(each) for each in node.args}
            for node in ast.walk(step.node):
                if step.path(node) == path:
                    if id(node) not in inside:
                        return False
                    found = True
        return found

    def share(self, start: Start) -> None:
        """An iterator that a function starts and others draw from is a global one."""
        around = [each for each in start.step.blocks if isinstance(each, ast.FunctionDef)]
        for made in start.made:
            if not around or made.iterator.count(".") or made.step.names.cls:
                continue
            outside = [
                site
                for site in self.scope.sites
                if around[-1] not in site.step.blocks and self.draws_from(site, made.iterator)
            ]
            if not outside:
                continue
            if not isinstance(self.scope.node, ast.Module):
                raise Unliftable(start.call, "an iterator that a function starts for another")
            first = self.emission.action(around[-1].body[0])
            line = f"global {made.iterator.rpartition('.')[2]}"
            if line not in first.before:
                first.before.insert(0, line)

    def draws_from(self, site: RunSite, iterator: str) -> bool:
        """Whether a run site draws from an iterator."""
        part = self.program.of_site.get(site)
        paths = part.takes if part is not None else [fetch.path or "" for fetch in site.fetches]
        elements = self.iterators.drawn(site, paths)
        return any(self.source(element, site) == iterator for element in elements)

    # ---------------------------------------------------------------- elements

    def source(self, element: Element, site: RunSite) -> str:
        """The path of the iterator that a run site draws an element from."""
        return element.iterator if element.handle is None else self.handed(element, site)

    def handed(self, element: Element, site: RunSite) -> str:
        """The iterator whose handle a run site feeds."""
        value = site.feeds.get(element.handle or "")
        if value is not None:
            owner = value.func if isinstance(value, ast.Call) else None
            if isinstance(owner, ast.Attribute) and owner.attr == "string_handle":
                return site.step.path(owner.value) or ""
            path = site.step.path(value)
            if path in self.iterators.handles:
                return self.iterators.handles[path]
        raise Unliftable(site.call, "which iterator is read, only the running program knows")

    def spelled(self, path: str, step: Step) -> str:
        """How an iterator is called where a step stands."""
        return self.program.objects.text(path, step.names.cls, step)

    def following(self, element: Element, site: RunSite) -> str:
        """The text that draws an element."""
        return f"next({self.spelled(self.source(element, site), site.step)})"

    def looks(self, site: RunSite, element: Element) -> None:
        """A run site that only fetches an element."""
        drawn = self.following(element, site)
        if self.source(element, site) not in self.looked_at():
            drawn = f"tf.nest.map_structure(lambda tensor: tensor.numpy(), {drawn})"
        statement = site.step.node
        if site.shape == "one":
            position = element.paths.index(site.fetches[0].path or "")
            self.emission.replaced[site.call] = (
                f"{drawn}[{position}]" if element.unpacked else drawn
            )
            return
        if not element.unpacked:
            self.emission.replaced[site.call] = f"[{drawn}]"
            return
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        unpacked = isinstance(target, (ast.Tuple, ast.List)) and statement.value is site.call  # type: ignore[attr-defined]
        listed = drawn if unpacked or site.shape == "tuple" else f"list({drawn})"
        self.emission.replaced[site.call] = listed

    def passed(self, site: RunSite, part: Part) -> dict[str, str]:
        """What is passed for the elements that a function takes, by path; some go with others."""
        found: dict[str, str] = {}
        for element in self.iterators.drawn(site, part.takes):
            drawn = self.following(element, site)
            if any(path in site.feeds for path in element.paths):
                raise Unliftable(site.call, "an element of a dataset that is fed in part")
            if not element.unpacked and not _by_name(element, site, self.program):
                found[element.paths[0]] = drawn
            elif _by_name(element, site, self.program):
                names = [path.rpartition(".")[2] for path in element.paths]
                used = [
                    name if path in part.takes else "_"
                    for name, path in zip(names, element.paths, strict=True)
                ]
                target = ", ".join(used) + ("," if element.unpacked and len(used) == 1 else "")
                self.emission.action(site.step.node).before.append(f"{target} = {drawn}")
                found.update(
                    (path, name)
                    for name, path in zip(names, element.paths, strict=True)
                    if path in part.takes
                )
            else:
                found.update(dict.fromkeys(element.paths, ""))
                found[element.paths[0]] = f"*{drawn}"
        return found

    def spec(self, path: str) -> str | None:
        """The specification of a part of an element, where its dataset is known by name."""
        element = self.iterators.elements[path]
        made = self.iterators.made[element.iterator]
        dataset = path_of(made.dataset) if made.dataset is not None else None
        if dataset is None or self.staged(made.step.path(made.dataset) or "", made):  # type: ignore[arg-type]
            return None
        text = f"{self.text(made.dataset)}.element_spec"  # type: ignore[arg-type]
        if not element.unpacked:
            return text
        return f"{text}[{element.paths.index(path)}]"

    def handlers(self) -> None:
        """The end of a dataset is the end of an iteration, no error of TensorFlow's."""
        if not self.iterators.elements:
            return
        for node in ast.walk(self.scope.node):
            if not isinstance(node, ast.ExceptHandler) or node.type is None:
                continue
            symbol = self.scope.facts.symbol(node.type)
            if symbol in (
                "tf.errors.OutOfRangeError",
                "tf.python.framework.errors.OutOfRangeError",
            ):
                self.emission.replaced[node.type] = "StopIteration"
            elif isinstance(node.type, ast.Tuple):
                for each in node.type.elts:
                    if self.scope.facts.symbol(each) == "tf.errors.OutOfRangeError":
                        self.emission.replaced[each] = "StopIteration"


def moves(step: Step) -> bool:
    """Whether a step is part of a function."""
    return step.kind in MOVES or step.kind is Kind.PLACEHOLDER


def role_is_next(node: ast.AST | None, emission: Emission) -> bool:
    """Whether an expression draws an element."""
    return isinstance(node, ast.Call) and emission.scope.facts.role(node) is Role.NEXT
