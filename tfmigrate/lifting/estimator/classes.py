"""A ``model_fn`` as a class: layers made once, a step a mode, loops around the steps."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tfmigrate.engine.context import Context
from tfmigrate.lifting.arg_scopes import Scopes
from tfmigrate.lifting.cells import Bindings
from tfmigrate.lifting.estimator import methods
from tfmigrate.lifting.estimator.checks import check, predicts_dictionary
from tfmigrate.lifting.estimator.columns import Layers
from tfmigrate.lifting.estimator.flags import Flags
from tfmigrate.lifting.estimator.groups import (
    Group,
    Modes,
    Reads,
    connect,
    grouped,
    outside,
    sliced,
)
from tfmigrate.lifting.estimator.metrics import Metric, Metrics
from tfmigrate.lifting.estimator.modes import Mode, Path, Reader
from tfmigrate.lifting.estimator.training import STEP, Trainer, Training, pieces_after
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.functions import Text
from tfmigrate.lifting.hoisting import Hoister
from tfmigrate.lifting.model import Stage, Unliftable
from tfmigrate.lifting.modules import Modules, camel, parameters
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.stages import Stages
from tfmigrate.lifting.uses import uses
from tfmigrate.lifting.writing import Piece, Written
from tfmigrate.transforms.layer_values import Reading

_SUFFIX = re.compile(r"_(op|ops|tensor)\Z")
_STEPS = {Mode.TRAIN: "train_step", Mode.EVAL: "test_step", Mode.PREDICT: "predict_step"}
_ATTRIBUTES = frozenset(
    {"train", "evaluate", "predict", "metrics", "optimizer", "checkpoints", *_STEPS.values()}
)
_ATTEMPTS = 5


@dataclass(eq=False)
class ModelClass:
    """The class that one ``model_fn`` becomes.

    ``made_of`` are the parameters of its constructor; ``tracked`` says that it is saved.
    """

    node: ast.FunctionDef
    name: str
    made_of: list[str] = field(default_factory=list)
    written: Written | None = None
    replaced: dict[ast.expr, str] = field(default_factory=dict)
    modules: Modules | None = None
    gone: tuple[ast.stmt, ...] = ()
    support: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    modes: frozenset[Mode] = frozenset()


@dataclass
class Needs:
    """What the rest of the program asks of a class.

    ``saved`` says that there is a directory for checkpoints (``"always"``, ``"perhaps"`` or
    nothing), ``logged`` that the loss is logged, ``trained`` and ``evaluated`` how many steps are
    asked for, ``labelled`` what the datasets of predictions hold.
    """

    saved: str = ""
    keep: str = "5"
    logged: str = ""
    trained: methods.Steps = field(default_factory=methods.Steps)
    evaluated: methods.Steps = field(default_factory=methods.Steps)
    labelled: bool | None = None


class Builder:
    """Builds the class of one ``model_fn``."""

    def __init__(
        self,
        node: ast.FunctionDef,
        facts: Facts,
        text: Text,
        context: Context,
        taken: set[str],
    ) -> None:
        self.node = node
        self.facts = facts
        self.text = text
        self.context = context
        self.taken = taken
        self.arguments = parameters(node)
        self.name = free_name(taken, _class_name(node.name))
        taken.add(self.name)

    def build(self, needs: Needs) -> ModelClass:
        """The class.

        Raises:
            Unliftable: the function does something that is not understood.
        """
        if self.node.args.vararg or self.node.args.kwarg or self.node.decorator_list:
            raise Unliftable(self.node, f"`{self.node.name}` takes any arguments, or is decorated")
        strange = set(self.arguments[2:]) - {"mode", "params", "config"}
        if len(self.arguments) < 2 or strange:
            raise Unliftable(
                self.node, f"`{self.node.name}` has parameters that are not understood"
            )
        kept: frozenset[str] = frozenset()
        modes: dict[ast.stmt, Modes] = {}
        for _ in range(_ATTEMPTS):
            attempt = _Attempt(self, needs, kept, modes)
            made = attempt.build()
            if attempt.wanted <= kept and attempt.modes == modes:
                self.taken |= attempt.names
                return made
            kept |= attempt.wanted
            modes = attempt.modes
        raise Unliftable(
            self.node, "what the model is made of cannot be told from what it computes"
        )


class _Attempt:
    """One attempt to write the class.

    ``kept`` are the names that are attributes, ``before`` the modes that need each statement, as
    far as the attempt before has found out.
    """

    def __init__(
        self,
        builder: Builder,
        needs: Needs,
        kept: frozenset[str],
        before: Mapping[ast.stmt, Modes],
    ) -> None:
        self.modes: dict[ast.stmt, Modes] = {}
        self.told = {modes: Group(modes) for modes in before.values()}
        self.earlier = before
        self.builder = builder
        self.needs = needs
        self.kept = kept
        self.wanted: set[str] = set()
        self.node = builder.node
        self.facts = builder.facts
        self.reader = Reader(self.node, self.facts)
        self.features = builder.arguments[0]
        self.labels = builder.arguments[1]
        self.text = Text(builder.text.source)
        self.text.replaced.update(builder.text.replaced)
        self.replaced = self.text.replaced
        self.flags = Flags(self.reader, self.replaced)
        stages = Stages(self.facts)
        stages.mutable = True
        stages.given[self.node.name] = {self.features: Stage.STAGED, self.labels: Stage.STAGED}
        stages.bound.update({self.features: Stage.STAGED, self.labels: Stage.STAGED})
        self.reading = Reading(builder.context, self.text, self.facts.symbol)
        bindings = Bindings(self.facts)
        self.layering = Scopes(self.facts, self.reading)
        self.names = set(builder.taken)
        self.modules = Modules(
            self.facts,
            self.reading,
            stages,
            self.unique,
            self.names.discard,
            bindings,
            self.layering,
        )
        self.taken = {*_ATTRIBUTES, *builder.arguments, *kept}
        self.hoister = Hoister(
            self.facts,
            self.reading,
            stages,
            self.attribute,
            self.modules.split,
            prefix="self.",
            replaced=self.replaced,
            function=self.node,
            bindings=bindings,
            layering=self.layering,
        )
        for name in kept:
            self.hoister.local[name] = f"self.{name}"

    def unique(self, *wanted: str) -> str:
        """A name that nothing in the file has."""
        name = free_name(self.names, *wanted)
        self.names.add(name)
        return name

    def attribute(self, *wanted: str) -> str:
        """A name for an attribute that no other has."""
        name = free_name(self.taken, *wanted)
        self.taken.add(name)
        return name

    def build(self) -> ModelClass:
        """Write the class."""
        paths = {mode: self.reader.path(mode) for mode in Mode}
        check(self.node, paths, self.facts, saved=bool(self.needs.saved))
        self.refer()
        for node, modes in self.earlier.items():
            self.flags.statement(node, self.told[modes])
        layers = Layers(self.facts, self.text)
        layers.take(self.node, self.attribute)
        self.hoister.made += [Piece(text=f"self.{name} = {made}") for name, made in layers.made]
        self.hoister.statements([each for each in self.node.body if not _is_text(each)])
        for late in self.hoister.late:
            raise Unliftable(late, "variables of the model function depend on its input")
        trainer = Trainer(paths[Mode.TRAIN], self.facts, self.reading)
        training = trainer.read()
        self.counted(training)
        metrics = Metrics(paths[Mode.EVAL], self.facts, self.reading, self.builder.context)
        found = metrics.read()
        reads = Reads(self.replaced)
        gone = training.gone | metrics.consumed | self.hoister.removed | self.reader.flagged
        roots = self.roots(paths, training, found, reads)
        slices = {mode: sliced(paths[mode], roots[mode], reads, gone) for mode in roots}
        groups = grouped(slices)
        self.modes = {node: each.modes for each in groups for node in each.statements}
        connect(groups, slices, roots, reads)
        self.prepare(groups, reads)
        made = ModelClass(
            self.node, self.builder.name, replaced=self.replaced, modules=self.modules
        )
        made.support = (*training.made.support, *metrics.support, *layers.support)
        made.imports = training.imports
        made.modes = frozenset(roots)
        made.gone = tuple(self.layering.gone())
        used = reads.of(*(node for group in groups for node in group.statements))
        body = self.methods(paths, groups, training, found, reads)
        init = self.constructor(training, found, used, made)
        made.written = Written(self.head(), [*self.docstring(), init, *body])
        return made

    def head(self) -> str:
        """The head of the class; what is saved has to be a module."""
        return f"class {self.builder.name}{'(tf.Module)' if self.needs.saved else ''}:"

    def docstring(self) -> list[Piece]:
        """The docstring of the function."""
        first = self.node.body[0]
        if not (_is_text(first) and ast.get_docstring(self.node)):
            return []
        return [Piece(node=first)]

    def refer(self) -> None:
        """Names that are kept as attributes, wherever they are bound."""
        for each in ast.walk(self.node):
            if isinstance(each, ast.Name) and each.id in self.kept:
                self.replaced[each] = f"self.{each.id}"

    def counted(self, training: Training) -> None:
        """The global step, and the learning rate of a schedule, are the optimizer's."""
        for each in ast.walk(self.node):
            if isinstance(each, ast.Call) and self.facts.role(each) is Role.GLOBAL_STEP:
                self.replaced[each] = STEP
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
                if each.id in training.steps:
                    self.replaced[each] = STEP
                elif each.id in training.rates:
                    self.replaced[each] = "self.optimizer.learning_rate"

    def roots(
        self,
        paths: dict[Mode, Path],
        training: Training,
        metrics: list[Metric],
        reads: Reads,
    ) -> dict[Mode, set[str]]:
        """The names that each mode is about."""
        after = [node for node, _ in training.after if node is not None]
        texts = [ast.parse(text) for node, text in training.after if node is None]
        train = reads.of(paths[Mode.TRAIN].spec["loss"], training.loss, *after)
        train |= {name for text in texts for name in uses(text).reads}
        values = [node for metric in metrics for _, node in metric.updates]
        found = {
            Mode.TRAIN: train,
            Mode.EVAL: reads.of(paths[Mode.EVAL].spec["loss"], *values),
        }
        if "predictions" in paths[Mode.PREDICT].spec:
            found[Mode.PREDICT] = reads.of(paths[Mode.PREDICT].spec["predictions"])
        return found

    def prepare(self, groups: list[Group], reads: Reads) -> None:
        """Name the groups, and settle what they are told about the mode."""
        names = set(_ATTRIBUTES) | self.taken
        for group in groups:
            told = self.told.get(group.modes)
            group.flags = told.flags if told is not None else []
            group.takes[:0] = outside(group, [self.features, self.labels], reads)
            if len(group.modes) == 1:
                continue
            first = not any(len(each.modes) > 1 for each in groups[: groups.index(group)])
            last = _SUFFIX.sub("", group.gives[-1]) if group.gives else "values"
            group.name = "__call__"
            if not first or self.labels in group.takes:
                group.name = f"compute_{last}"
                while group.name in names:
                    group.name += "s"
                names.add(group.name)
            if self.labels in group.takes and Mode.PREDICT in group.modes:
                raise Unliftable(group.statements[0], "predictions depend on labels")

    def methods(
        self,
        paths: dict[Mode, Path],
        groups: list[Group],
        training: Training,
        metrics: list[Metric],
        reads: Reads,
    ) -> list[Piece]:
        """The methods of the class."""
        result = []
        for group in groups:
            if len(group.modes) > 1:
                result.append(self.shared(group))
        result.append(self.train_step(paths[Mode.TRAIN], groups, training))
        result.append(self.test_step(paths[Mode.EVAL], groups, metrics))
        result_modes = {mode for group in groups for mode in group.modes}
        predicted = "predictions" in paths[Mode.PREDICT].spec
        if predicted or Mode.PREDICT in result_modes:
            result.append(self.predict_step(paths[Mode.PREDICT], groups))
        labelled = any(self.labels in group.takes for group in groups if Mode.TRAIN in group.modes)
        tested = any(self.labels in group.takes for group in groups if Mode.EVAL in group.modes)
        values = reads.of(*(node for metric in metrics for _, node in metric.updates))
        labelled = labelled or self.labels in reads.of(training.loss)
        tested = tested or self.labels in values
        result.append(methods.train(self.features, self.labels if labelled else "", self.needs))
        result.append(methods.evaluate(self.features, self.labels if tested else "", self.needs))
        if predicted:
            single = predicts_dictionary(paths[Mode.PREDICT], self.facts)
            result.append(methods.predict(self.features, single, self.needs))
        return result

    def shared(self, group: Group) -> Piece:
        """A method that several modes call."""
        arguments = "".join(f", {name}" for name in [*group.takes, *group.flags])
        body = [Piece(node=each) for each in group.statements]
        last = group.statements[-1]
        simple = isinstance(last, ast.Assign) and len(last.targets) == 1
        if simple and group.gives == [getattr(last.targets[0], "id", "")]:  # type: ignore[attr-defined]
            body[-1].returned = True
        else:
            body.append(Piece(text=f"return {', '.join(group.gives)}"))
        return Piece(text=f"def {group.name}(self{arguments}):", inner=body)

    def calls(self, mode: Mode, groups: list[Group], wanted: set[str]) -> list[Piece]:
        """The calls of shared methods in one mode, and then its own statements."""
        pieces: list[Piece] = []
        mine = [group for group in groups if mode in group.modes]
        for group in mine:
            if len(group.modes) == 1:
                pieces += [Piece(node=each) for each in group.statements]
                continue
            later = {name for each in mine[mine.index(group) + 1 :] for name in each.takes}
            later |= wanted | self.own_reads(mine[mine.index(group) + 1 :])
            targets = [name if name in later else "_" for name in group.gives]
            passed = list(group.takes)
            for flag in group.flags:
                if flag == "mode":
                    passed.append(f'"{mode.value}"')
                else:
                    passed.append(f"{flag}={mode is Mode.TRAIN}")
            function = "self" if group.name == "__call__" else f"self.{group.name}"
            call = f"{function}({', '.join(passed)})"
            pieces.append(Piece(text=f"{', '.join(targets)} = {call}" if targets else call))
        return pieces

    def own_reads(self, groups: list[Group]) -> set[str]:
        """What the statements of groups read."""
        return Reads(self.replaced).of(*(node for group in groups for node in group.statements))

    def step(self, mode: Mode, body: list[Piece]) -> Piece:
        """The step of one mode."""
        names = [self.features] if mode is Mode.PREDICT else [self.features, self.labels]
        head = f"@tf.function\ndef {_STEPS[mode]}(self, {', '.join(names)}):"
        return Piece(text=head, inner=body)

    def train_step(self, path: Path, groups: list[Group], training: Training) -> Piece:
        """One step of training."""
        reads = Reads(self.replaced)
        wanted = reads.of(path.spec["loss"], training.loss)
        texts = [ast.parse(text) for node, text in training.after if node is None]
        wanted |= {name for each in texts for name in uses(each).reads}
        taped = self.calls(Mode.TRAIN, groups, wanted)
        if not isinstance(training.loss, ast.Name):
            taped.append(Piece(text=f"loss = {self.text(training.loss)}"))
        returned = self.text(path.spec["loss"])
        if ast.dump(path.spec["loss"]) == ast.dump(training.loss):
            returned = training.loss.id if isinstance(training.loss, ast.Name) else "loss"
        body = [Piece(text="with tf.GradientTape() as tape:", inner=taped)]
        body += pieces_after(training)
        return self.step(Mode.TRAIN, [*body, Piece(text=f"return {returned}")])

    def test_step(self, path: Path, groups: list[Group], metrics: list[Metric]) -> Piece:
        """One step of evaluation."""
        reads = Reads(self.replaced)
        values = [node for metric in metrics for _, node in metric.updates]
        wanted = reads.of(path.spec["loss"], *values)
        for node in values:
            for each in ast.walk(node):
                self.flag_in(each, Mode.EVAL)
        body = self.calls(Mode.EVAL, groups, wanted)
        for metric in metrics:
            given = ", ".join(
                f"{key}={self.text(node)}" if key else self.text(node)
                for key, node in metric.updates
            )
            body.append(Piece(text=f'self.metrics["{metric.key}"].update_state({given})'))
        loss = self.text(path.spec["loss"])
        body.append(Piece(text=f'self.metrics["loss"].update_state({loss})'))
        return self.step(Mode.EVAL, body)

    def flag_in(self, node: ast.AST, mode: Mode) -> None:
        """A condition on the mode within what one mode evaluates."""
        if isinstance(node, ast.expr) and node not in self.replaced:
            self.flags.expression(node, Group(frozenset({mode})))

    def predict_step(self, path: Path, groups: list[Group]) -> Piece:
        """One step of prediction."""
        node = path.spec["predictions"]
        body = self.calls(Mode.PREDICT, groups, Reads(self.replaced).of(node))
        returned = self.text(node)
        last = body[-1].text if body else ""
        if last.startswith(f"{returned} = "):
            body[-1] = Piece(text=f"return {last.removeprefix(f'{returned} = ')}")
        else:
            body.append(Piece(text=f"return {returned}"))
        return self.step(Mode.PREDICT, body)

    def constructor(
        self, training: Training, metrics: list[Metric], used: set[str], made: ModelClass
    ) -> Piece:
        """``__init__``: layers, the optimizer, metrics, and what they are made of."""
        body = [*self.hoister.made]
        if training.planned:
            body.append(Piece(text=training.planned))
        body.append(Piece(text=f"self.optimizer = {training.made.constructor}"))
        if training.second is not None:
            body.append(Piece(text=f"self.linear_optimizer = {training.second.constructor}"))
        body.append(self.metrics(metrics))
        before = self.before(body)
        reads = self.needed([*before, *body])
        own = [name for name in self.builder.arguments[2:] if name != "mode"]
        made.made_of = [name for name in own if name in reads or name in self.kept]
        if "config" in made.made_of:
            raise Unliftable(self.node, "the model depends on the RunConfig")
        late = {self.features, self.labels, "mode"} & reads
        if late:
            raise Unliftable(self.node, f"what the model is made of depends on `{sorted(late)[0]}`")
        self.wanted |= {name for name in own if name in used}
        self.wanted |= {name for piece in before for name in self.bound(piece)} & used
        kept = [Piece(text=f"self.{name} = {name}") for name in made.made_of if name in self.kept]
        arguments = "".join(f", {name}" for name in made.made_of)
        if self.needs.saved:
            arguments += ", model_dir"
            kept.insert(0, Piece(text="super().__init__()"))
            body += methods.checkpoints(self.needs)
            for module in self.modules.known.values():
                module.tracked = True
        return Piece(text=f"def __init__(self{arguments}):", inner=[*kept, *before, *body])

    def metrics(self, metrics: list[Metric]) -> Piece:
        """``self.metrics``, the loss among them, in the order of the keys."""
        spelled = self.reading.spell("tf.keras.metrics.Mean")
        every = [(metric.key, metric.constructor) for metric in metrics]
        if any(key in ("loss", "global_step") for key, _ in every):
            raise Unliftable(self.node, "a metric is called as the Estimator calls its own")
        every = sorted([*every, ("loss", f"{spelled}()")])
        listed = ", ".join(f'"{key}": {constructor}' for key, constructor in every)
        text = f"self.metrics = {{{listed}}}"
        if len(text) > 88:
            lines = "\n".join(f'    "{key}": {constructor},' for key, constructor in every)
            text = f"self.metrics = {{\n{lines}\n}}"
        return Piece(text=text)

    def needed(self, pieces: Iterable[Piece]) -> set[str]:
        """What pieces of the constructor read from outside."""
        reads = Reads(self.replaced)
        found: set[str] = set()
        bound: set[str] = set()
        for piece in pieces:
            if piece.node is not None:
                found |= reads.of(piece.node) - bound
            else:
                found |= uses(ast.parse(piece.text)).reads - bound
                bound |= uses(ast.parse(piece.text)).writes
            bound |= self.bound(piece)
        return found

    def bound(self, piece: Piece) -> set[str]:
        """The names that a piece binds."""
        return uses(piece.node).writes if piece.node is not None else set()

    def before(self, body: list[Piece]) -> list[Piece]:
        """Statements of the function that what is made depends on."""
        missing = self.needed(body)
        missing |= {name for name in self.kept if f"self.{name}" in missing}
        found: list[ast.stmt] = []
        for node in reversed(list(_statements(self.node.body))):
            if not uses(node).writes & missing or node in self.hoister.removed:
                continue
            if (
                self.hoister.makes(node)
                or self.hoister.stages.join(ast.iter_child_nodes(node)) is Stage.STAGED
            ):
                raise Unliftable(node, "what the model is made of depends on what it computes")
            if not isinstance(node, ast.Assign):
                raise Unliftable(node, "what the model is made of is not bound in a simple way")
            found.insert(0, node)
            missing |= Reads(self.replaced).of(node)
        return [Piece(node=each) for each in found]


def free_name(taken: set[str], *wanted: str) -> str:
    """The first wanted name that is not taken, with a number if all are."""
    number = 1
    while True:
        for each in wanted:
            name = each if number == 1 else f"{each}_{number}"
            if name not in taken:
                return name
        number += 1


def _statements(body: Iterable[ast.stmt]) -> Iterable[ast.stmt]:
    """The statements of a function, blocks looked into."""
    for node in body:
        if isinstance(node, (ast.With, ast.If)):
            yield from _statements(node.body)
            yield from _statements(getattr(node, "orelse", []))
        else:
            yield node


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _class_name(name: str) -> str:
    """``cnn_model_fn`` as the name of a class."""
    plain = re.sub(r"_?(fn|func|function)\Z", "", name).strip("_") or "model"
    found = camel(plain)
    said = ("Model", "Classifier", "Regressor", "Estimator", "Net", "Network")
    return found if found.endswith(said) else f"{found}Model"
