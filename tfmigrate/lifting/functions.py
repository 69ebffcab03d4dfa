"""The functions that a graph program becomes: names, parameters, and the run sites as calls."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tfmigrate.lifting.draws import Draws, is_looked_at, whole_elements
from tfmigrate.lifting.iterators import Element
from tfmigrate.lifting.left import check_fetches
from tfmigrate.lifting.model import Fetch, Kind, RunSite, Stage, Step, Unliftable, is_alias
from tfmigrate.lifting.objects import Objects
from tfmigrate.lifting.probes import probe
from tfmigrate.lifting.scope import Scope
from tfmigrate.lifting.slices import MOVES, Part, connect, share, slice_of
from tfmigrate.lifting.stages import Stages
from tfmigrate.lifting.summaries import destination, writes_summaries
from tfmigrate.lifting.uses import names_in, uses

_SUFFIX = re.compile(r"_(op|ops|operation|tensor|step)\Z", re.IGNORECASE)


@dataclass(eq=False)
class Program:
    """The functions of one scope.

    ``parts`` are those that run sites call, ``shared`` those that they call; ``constants`` maps a
    part to the parameters that it is always given the same literal for. ``direct`` are the run
    sites whose values are there without running anything; ``written`` the statements that handed
    summaries to a writer, which the functions do now.
    """

    scope: Scope
    parts: list[Part] = field(default_factory=list)
    shared: list[Part] = field(default_factory=list)
    constants: dict[Part, dict[str, ast.Constant]] = field(default_factory=dict)
    direct: list[RunSite] = field(default_factory=list)
    looked_at: dict[RunSite, Element] = field(default_factory=dict)
    draws: Draws | None = None
    of_site: dict[RunSite, Part] = field(default_factory=dict)
    owners: dict[Part, str] = field(default_factory=dict)
    attributes: dict[str, set[str]] = field(default_factory=dict)
    specs: dict[str, str] = field(default_factory=dict)
    states: dict[str, Step] = field(default_factory=dict)
    """The states of cells that objects are fed, with the statements that make the first ones."""
    taken: set[str] = field(default_factory=set)
    written: set[Step] = field(default_factory=set)
    hoisted: dict[ast.expr, tuple[str, Step]] = field(default_factory=dict)

    @property
    def settled(self) -> set[str]:
        """The placeholders that are a literal in each function that reads them."""
        return {
            path
            for path in self.scope.placeholders
            if all(
                path in self.constants.get(part, {}) for part in self.parts if path in part.takes
            )
        }

    @cached_property
    def objects(self) -> Objects:
        """The classes that hold parts of the graph."""
        return Objects(self.scope)

    def hoist(self, step: Step, made: ast.expr, *names: str) -> str:
        """The name of what a statement makes on the spot, to be made before it."""
        if made not in self.hoisted and step.names.cls:
            name = self.unique_in(step.names.cls)(*names)
            self.hoisted[made] = (f"self.{name}", step)
        if made not in self.hoisted:
            self.hoisted[made] = (self.unique(*names), step)
        return self.hoisted[made][0]

    def optimizer_for(self, step: Step, made: ast.expr) -> str:
        """The name of an optimizer that a statement makes on the spot."""
        operation = next((_SUFFIX.sub("", parameter(path)) for path in step.writes), "")
        names = ["optimizer", f"{operation}_optimizer"] if operation else ["optimizer"]
        return self.hoist(step, made, *names)

    def unique(self, *candidates: str) -> str:
        """The first candidate that no other thing is called; with a number if all are taken."""
        return first_free(self.taken, candidates)

    def unique_in(self, cls: str) -> Callable[..., str]:
        """As ``unique``, for the attributes of a class."""
        if not cls:
            return self.unique
        taken = self.attributes.setdefault(cls, self.objects.attributes(cls))
        return lambda *candidates: first_free(taken, candidates)


def first_free(taken: set[str], candidates: Sequence[str]) -> str:
    """The first candidate that is not taken, which it is then; with a number if all are."""
    for each in candidates:
        if each not in taken and each.isidentifier():
            taken.add(each)
            return each
    number = 2
    while f"{candidates[-1]}_{number}" in taken:
        number += 1
    taken.add(f"{candidates[-1]}_{number}")
    return f"{candidates[-1]}_{number}"


def parameter(path: str) -> str:
    """The name of the parameter for a path."""
    return path.rpartition(".")[2]


def plan(scope: Scope) -> Program:
    """Work out the functions of a scope.

    Raises:
        Unliftable: something that is fetched cannot be computed outside of the graph.
    """
    probe(scope)
    program = Program(scope, taken=_taken(scope))
    stages = final_stages(scope)
    by_key: dict[object, Part] = {}
    for site in scope.sites:
        steps = slice_of(site, scope)
        looked_at = is_looked_at(site, scope.iterators)
        if looked_at is not None:
            program.looked_at[site] = looked_at
            continue
        if not steps and not any(
            fetch.path in scope.iterators.elements or _staged(fetch, site, stages)
            for fetch in site.fetches
        ):
            program.direct.append(site)
            continue
        constants = _constants(site, scope)
        if writes_summaries(steps, scope.facts):
            written = destination(site, scope)
            site.writer, site.at_step = written.writer, written.step
            if written.added is not site.step:
                program.written.add(written.added)
        key = (
            site.writer,
            _fetch_key(site),
            _feed_key(site, constants),
            tuple(step.index for step in steps),
        )
        part = by_key.get(key)
        if part is None:
            part = by_key[key] = Part(steps, site.fetches)
            program.parts.append(part)
            program.constants[part] = constants
        part.sites.append(site)
        program.of_site[site] = part
    check_fetches(program, stages)
    _check_captured(program)
    program.shared = share(program.parts, scope)
    connect(program.parts, program.shared, scope)
    for part in program.parts:
        for site in part.sites:
            # what is fed and not needed is still computed, and may draw random numbers
            for path, value in site.feeds.items():
                called = any(isinstance(each, ast.Call) for each in ast.walk(value))
                if (called or site.feed is not None) and path not in part.takes:
                    part.takes.append(path)
        whole_elements(part, program)
    order = {path: index for index, path in enumerate(scope.placeholders)}
    for part in [*program.parts, *program.shared]:
        part.takes.sort(key=lambda path: order.get(path, len(order)))
    for part in [*program.shared, *program.parts]:
        owner = program.objects.owner(part)
        program.owners[part] = owner
        if not owner and any(step.names.cls for step in part.steps):
            raise Unliftable(
                part.sites[0].call, "what an object computes is mixed with what is outside of it"
            )
    _check_names(program)
    _merge(program)
    _name(program)
    return program


def final_stages(scope: Scope) -> Stages:
    """The stages that the names of a scope have at its end."""
    stages = Stages(scope.facts)
    for step in scope.steps:
        for path in step.defines:
            stages.bound[path] = max(step.stage, stages.bound.get(path, Stage.HOST))
    return stages


def _staged(fetch: Fetch, site: RunSite, stages: Stages) -> bool:
    """Whether the value of a fetch has to be computed: by a slice, or from what is fed."""
    if fetch.path is not None:
        return fetch.path in site.feeds
    return stages.of(fetch.node) is Stage.STAGED and bool(
        site.step.paths(uses(fetch.node).reads)
        & {path for path, s in stages.bound.items() if s is Stage.STAGED}
    )


def _taken(scope: Scope) -> set[str]:
    """Names that a new function or variable of the scope must not have."""
    free: set[str] = set()
    bound: set[str] = set()
    for step in scope.steps:
        gone = step.kind in MOVES or step.kind is Kind.DROPPED
        (free if gone else bound).update(step.writes)
    everything = names_in([scope.facts.tree]) | set(scope.facts.functions)
    return (everything - (free - bound)) | set(dir(builtins)) | {"tape", "gradients", "variables"}


def _constants(site: RunSite, scope: Scope) -> dict[str, ast.Constant]:
    """What is fed as ``True`` or ``False``: a constant of the function, not a parameter."""
    if site.feed is not None:
        return {}
    fed = {path: value for path in scope.placeholders if (value := default_of(path, scope))}
    fed |= site.feeds
    return {
        path: value
        for path, value in fed.items()
        if isinstance(value, ast.Constant) and isinstance(value.value, bool)
    }


def _fetch_key(site: RunSite) -> tuple[object, ...]:
    fetched = [(fetch.path or ast.dump(fetch.node), fetch.operation) for fetch in site.fetches]
    return (*fetched, tuple(ast.dump(key) for key in site.keys))


def _feed_key(site: RunSite, constants: dict[str, ast.Constant]) -> tuple[object, ...]:
    literal = tuple(sorted((path, value.value) for path, value in constants.items()))
    named = tuple(sorted(site.feeds)) if site.feed is not None else ()
    return literal, named, site.feed is not None


def _check_captured(program: Program) -> None:
    """What functions read from around them must still be the same when they run."""
    scope = program.scope
    for part in program.parts:
        for step in part.steps:
            for path in step.reads:
                for later in scope.steps[step.index + 1 :]:
                    if (
                        path in later.writes
                        and later.kind not in MOVES
                        and not _local(path, step, scope)
                    ):
                        raise Unliftable(
                            later.node,
                            f"`{path}` is given another value after line {step.node.lineno} has"
                            " built a part of the graph with it",
                        )


def _merge(program: Program) -> None:
    """A run site that only asks for what a shared function gives calls that function."""
    for part in list(program.parts):
        if part.steps or len(part.uses) != 1 or program.constants[part]:
            continue
        shared = part.uses[0]
        wanted = [fetch.path for fetch in part.fetches or () if not fetch.operation]
        if shared.takes != part.takes or wanted != shared.gives or len(wanted) != 1:
            continue
        if shared.fetches is not None or part.sites[0].writer:
            continue
        shared.fetches, shared.sites = part.fetches, part.sites
        program.parts.remove(part)
        program.constants[shared] = {}
        for site in part.sites:
            program.of_site[site] = shared


def _check_names(program: Program) -> None:
    """In one function, names have to tell tensors apart."""
    for part in [*program.parts, *program.shared]:
        seen: dict[str, str] = {}
        for step in part.steps:
            for path in step.writes:
                last = parameter(path)
                if seen.setdefault(last, path) != path and not is_alias(step):
                    if program.scope.reaching(seen[last], step.index):
                        raise Unliftable(step.node, f"two tensors that are called `{last}`")


def _local(path: str, step: Step, scope: Scope) -> bool:
    """Whether a name that a step reads is a parameter or a value of the function it moves to."""
    reached = scope.reaching(path, step.index)
    if isinstance(step.node, ast.For) and path in step.paths(uses(step.node.target).writes):
        return True
    return bool(reached) and all(
        each.kind in MOVES or each.kind is Kind.PLACEHOLDER for each in reached
    )


def is_training(part: Part) -> bool:
    """Whether a part applies gradients."""
    return any(step.kind is Kind.TRAIN for step in part.steps)


def _name(program: Program) -> None:
    """Name the functions after what the program calls things."""
    training = [part for part in program.parts if is_training(part)]
    for part in program.parts:
        unique = program.unique_in(program.owners[part])
        if part in training:
            part.name = unique(*_training_names(part, len(training) == 1))
        else:
            part.name = unique(*_evaluation_names(part))
    widest = max((len(_users(each, program)) for each in program.shared), default=0)
    for part in program.shared:
        last = _SUFFIX.sub("", parameter(part.gives[-1])) if part.gives else "step"
        candidates = [f"compute_{last}"]
        lost = "loss" in last.lower() or "cost" in last.lower()
        if program.owners[part]:
            # a method is no name that a local one hides
            candidates.insert(0, parameter(part.gives[-1]) if part.gives else "step")
        elif not lost and len(_users(part, program)) == widest and part is program.shared[0]:
            candidates.insert(0, "model")
        part.name = program.unique_in(program.owners[part])(*candidates)


def _users(part: Part, program: Program) -> list[Part]:
    return [each for each in program.parts if part in each.uses]


def _training_names(part: Part, alone: bool) -> Iterable[str]:
    """What a training function may be called, best first."""
    operations = [
        parameter(each.path) for each in part.fetches or () if each.path and each.operation
    ]
    values = [
        parameter(each.path) for each in part.fetches or () if each.path and not each.operation
    ]
    if alone or len(operations) != 1:
        yield "train_step"
    else:
        name = _SUFFIX.sub("", operations[0])
        yield name if name.startswith("train") and name != "train" else f"train_{name}"
    if values:
        yield f"train_step_and_{_SUFFIX.sub('', values[0])}"
    yield "train_step"


def _evaluation_names(part: Part) -> Iterable[str]:
    """What a function that computes something may be called, best first."""
    names = [parameter(each.path) for each in part.fetches or () if each.path]
    if len(names) == 1:
        yield names[0]
        yield f"compute_{_SUFFIX.sub('', names[0])}"
    elif len(names) == 2:
        yield "_and_".join(_SUFFIX.sub("", each) for each in names)
    elif part.fetches is not None and len(part.fetches) == 1:
        node = part.fetches[0].node
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            yield f"compute_{called}"
    yield "evaluate"


def values_of(part: Part) -> list[int]:
    """Which of the fetches of a part have a value."""
    return [index for index, each in enumerate(part.fetches or ()) if not each.operation]


def arguments(site: RunSite, part: Part, program: Program, text: Text) -> list[str]:
    """What a run site passes to its function."""
    if site.feed is not None:
        drawn = program.draws.passed(site, part) if program.draws is not None else {}
        if any(not each or each.startswith("*") for each in drawn.values()):
            raise Unliftable(site.call, "an element of a dataset beside a dictionary that is fed")
        given = [f"**{text(site.feed)}"] if part.takes else []
        given += [f"{parameter(path)}={value}" for path, value in drawn.items()]
        for path in sorted(site.sometimes):
            if path in part.takes and _default(path, program) is None:
                raise Unliftable(site.call, f"`{path}` is not always fed")
        for path in part.takes:
            default = _default(path, program)
            if path in site.sometimes:
                raise Unliftable(site.call, f"`{path}` is not always fed")
            if path not in site.feeds and default is not None:
                given.append(f"{parameter(path)}={text(default)}")
        return given
    paths = [path for path in part.takes if path not in program.constants[part]]
    values: dict[str, ast.expr] = {}
    drawn = program.draws.passed(site, part) if program.draws is not None else {}
    if drawn:
        return _with_drawn(site, paths, drawn, program, text)
    for path in paths:
        value = site.feeds.get(path) or _default(path, program)
        if value is None:
            raise Unliftable(site.call, f"`{path}` is not fed")
        values[path] = value
    fed = [path for path in site.feeds if path in values]
    fed += [path for path in paths if path not in site.feeds]
    calls = [path for path in fed if any(isinstance(e, ast.Call) for e in ast.walk(values[path]))]
    if fed == paths or len(calls) < 2:
        return [text(values[path]) for path in paths]
    # they may draw random numbers: computed in the order in which they were written
    return [f"{parameter(path)}={text(values[path])}" for path in fed]


def _with_drawn(
    site: RunSite, paths: list[str], drawn: dict[str, str], program: Program, text: Text
) -> list[str]:
    """What a run site passes, elements of datasets among it."""
    passed = []
    for path in paths:
        value = site.feeds.get(path) or _default(path, program)
        if path in drawn:
            # the rest of an element goes with its first part
            passed.extend([drawn[path]] if drawn[path] else [])
        elif value is None:
            raise Unliftable(site.call, f"`{parameter(path)}` is not fed")
        else:
            passed.append(text(value))
    return passed


def _default(path: str, program: Program) -> ast.expr | None:
    return default_of(path, program.scope)


def default_of(path: str, scope: Scope) -> ast.expr | None:
    """The default of ``tf.placeholder_with_default``."""
    step = scope.placeholders.get(path)
    call = getattr(step.node, "value", None) if step is not None else None
    if not isinstance(call, ast.Call):
        return None
    if scope.facts.symbol(call.func) != "tf.placeholder_with_default":
        return None
    if call.args:
        return call.args[0]
    return next((each.value for each in call.keywords if each.arg == "input"), None)


class Text:
    """The source text of expressions, with what is replaced in them."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.replaced: dict[ast.expr, str] = {}

    def __call__(self, node: ast.AST) -> str:
        """The text to write for an expression."""
        if isinstance(node, ast.expr) and node in self.replaced:
            return self.replaced[node]
        found = ast.get_source_segment(self.source, node)
        if found is None:
            return ast.unparse(node)
        inner = _outermost(node, self.replaced)
        for each in sorted(inner, key=lambda e: (e.lineno, e.col_offset), reverse=True):
            start, end = (
                _offset(node, each.lineno, each.col_offset, found),
                _offset(node, each.end_lineno or 0, each.end_col_offset or 0, found),
            )
            found = found[:start] + self.replaced[each] + found[end:]
        return found


def _outermost(node: ast.AST, wanted: Mapping[ast.expr, str]) -> list[ast.expr]:
    """The nodes below a node that are wanted, not looking into them."""
    found: list[ast.expr] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr) and child in wanted:
            found.append(child)
        else:
            found.extend(_outermost(child, wanted))
    return found


def _offset(outer: ast.AST, row: int, column: int, text: str) -> int:
    """Where a position of the file is in the text of a node."""
    first, begin = outer.lineno, outer.col_offset  # type: ignore[attr-defined]
    lines = text.split("\n")
    if row == first:
        return len(lines[0].encode()[: column - begin].decode(errors="ignore"))
    before = sum(len(line) + 1 for line in lines[: row - first])
    return before + len(lines[row - first].encode()[:column].decode(errors="ignore"))
