"""Programs of Estimators: their model functions as classes, their input functions as datasets."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from tfmigrate.engine.context import Context
from tfmigrate.lifting.estimator import api, canned, columns
from tfmigrate.lifting.estimator.classes import Builder, ModelClass, Needs
from tfmigrate.lifting.estimator.inputs import Inputs
from tfmigrate.lifting.estimator.methods import LOGGING_HOOKS, only_logs
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.functions import Text
from tfmigrate.lifting.inlining import inline
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.normal import facts_of
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.saved import track
from tfmigrate.lifting.uses import names_in, uses
from tfmigrate.lifting.writing import Action, Source, split_lines, write

_SESSIONS = frozenset({Role.SESSION, Role.RUN, Role.EVAL, Role.OPERATION_RUN, Role.PLACEHOLDER})
_TRAINS = frozenset({Role.MINIMIZE, Role.APPLY_GRADIENTS, Role.COMPUTE_GRADIENTS})
_ROUNDS = 10
"""Functions that are written out one after the other."""
_METHODS = frozenset({"train", "evaluate", "predict"})


@dataclass(frozen=True)
class Outcome:
    """The new text, and what it needs beside itself."""

    text: str
    imports: tuple[str, ...] = ()
    support: tuple[str, ...] = ()


def has_estimators(facts: Facts) -> bool:
    """Whether a file makes an Estimator with a model function of its own."""
    return any(
        isinstance(each, ast.Call)
        and (api.symbol(each, facts) == api.ESTIMATOR or canned.canned(each, facts) is not None)
        for each in facts.nodes
    )


def normalise(text: str, context: Context) -> str:
    """A statement a line, and functions that make the training operation written out."""
    text = split_lines(text)
    text = canned.write_out(text, facts_of(text, context)) or text
    for _ in range(_ROUNDS):
        changed = inline(text, facts_of(text, context), _TRAINS)
        if changed is None:
            break
        text = changed
    return text


def lifted(text: str, facts: Facts, context: Context) -> Outcome:
    """The program without Estimators.

    Raises:
        Unliftable: something in it is not understood; then all of it stays as it is.
    """
    return _Program(text, facts, context).lift()


@dataclass(eq=False)
class _Made:
    """One place where an Estimator is made."""

    call: ast.Call
    model: ast.FunctionDef
    params: ast.expr | None = None
    directory: ast.expr | None = None
    config: dict[str, ast.expr] = field(default_factory=dict)


class _Program:
    def __init__(self, text: str, facts: Facts, context: Context) -> None:
        self.source = text
        self.facts = facts
        self.context = context
        self.text = Text(text)
        self.replaced = self.text.replaced
        self.actions: dict[ast.stmt, Action] = {}
        self.taken = names_in([facts.tree]) | set(facts.functions) | set(facts.classes)
        self.inputs = Inputs(facts, self.text, self.replaced, self.actions, self.taken)
        self.parents = {child: node for node in facts.nodes for child in ast.iter_child_nodes(node)}
        self.needs = Needs()
        self.seeded: set[ast.AST] = set()
        self.seen = False
        """Whether a prediction was read already."""

    # ------------------------------------------------------------------ all of it

    def lift(self) -> Outcome:
        """Rewrite the program."""
        self.refuse()
        made = [
            self.made(each)
            for each in self.calls()
            if api.symbol(each, self.facts) == api.ESTIMATOR
        ]
        models = list(dict.fromkeys(each.model for each in made))
        if len(models) != 1:
            raise Unliftable(made[0].call, "Estimators with different model functions in one file")
        described = columns.describe(self.facts, self.replaced)
        self.understood()
        self.saved(made)
        self.logged()
        for call in self.calls():
            if api.symbol(call, self.facts) == api.TRAIN_AND_EVALUATE:
                self.train_and_evaluate(call)
            elif api.method(call, self.facts) is not None:
                self.method(call)
        self.inputs.check()
        builder = Builder(models[0], self.facts, self.text, self.context, self.taken)
        model = builder.build(self.needs)
        for each in made:
            self.construct(each, model)
        self.classes(model)
        self.clean()
        text = write(Source(self.source), self.replaced, self.actions)
        others = [each for each in model.support if each not in columns.ORDER]
        support = columns.ordered([*described, *model.support])
        return Outcome(text, model.imports, (*support, *others))

    def calls(self) -> Iterator[ast.Call]:
        """Every call of the file."""
        return (each for each in self.facts.nodes if isinstance(each, ast.Call))

    def refuse(self) -> None:
        """What no file of Estimators may have."""
        if "tf" not in self.facts.imported:
            raise Unliftable(self.facts.tree.body[0], "TensorFlow is not imported as `tf`")
        for node, role in self.facts.roles_below(self.facts.tree):
            if role in _SESSIONS:
                raise Unliftable(node, "a session or placeholder beside an Estimator")

    def understood(self) -> None:
        """Every use of an Estimator has to be one that is known."""
        known = [each for each in self.calls() if api.method(each, self.facts) is not None]
        both = [
            each for each in self.calls() if api.symbol(each, self.facts) == api.TRAIN_AND_EVALUATE
        ]
        if not known and not both:
            made = next(e for e in self.calls() if api.symbol(e, self.facts) == api.ESTIMATOR)
            raise Unliftable(made, "nothing in this file trains or asks the Estimator")
        for each in self.facts.nodes:
            if isinstance(each, ast.Call) and each not in known:
                named = isinstance(each.func, ast.Attribute) and each.func.attr in _METHODS
                if named and any(keyword.arg == "input_fn" for keyword in each.keywords):
                    raise Unliftable(each, "a method of what may be an Estimator")
            loaded = isinstance(each, (ast.Name, ast.Attribute)) and isinstance(each.ctx, ast.Load)
            held = loaded and self.facts.instance(each) == api.ESTIMATOR
            if held and not self.is_known(each):  # type: ignore[arg-type]
                raise Unliftable(each, "an Estimator that is used in a way not understood")

    def is_known(self, node: ast.expr) -> bool:
        """Whether a name of an Estimator stands where that is understood."""
        parent = self.parents[node]
        if isinstance(parent, ast.keyword):
            parent = self.parents[parent]
        if isinstance(parent, (ast.Assign, ast.Return)):
            return True
        if isinstance(parent, ast.Attribute):
            call = self.parents[parent]
            return isinstance(call, ast.Call) and call.func is parent
        if not isinstance(parent, ast.Call):
            return False
        if api.symbol(parent, self.facts) == api.TRAIN_AND_EVALUATE:
            return True
        helper = self.facts.called(parent)
        if helper is None:
            return False
        names = [each.arg for each in helper.node.args.args]
        given = dict(zip(names, parent.args, strict=False))
        given |= {str(each.arg): each.value for each in parent.keywords}
        own = {name for name, value in given.items() if value is node}
        inner = [
            each
            for each in ast.walk(helper.node)
            if isinstance(each, ast.Name) and each.id in own and isinstance(each.ctx, ast.Load)
        ]
        return all(self.facts.instance(each) == api.ESTIMATOR for each in inner)

    def classes(self, model: ModelClass) -> None:
        """Write the class, and those that its helper functions become."""
        assert model.written is not None and model.modules is not None
        self.replaced.update(model.replaced)
        action = self.action(model.node)
        action.removed = True
        action.after.append(model.written)
        for module in model.modules.known.values():
            if module.written is None or module.hoister is None:
                continue
            if module.tracked:
                track(module)
            action = self.action(module.node)
            action.removed = True
            action.after.append(module.written)
            self.replaced.update(module.hoister.replaced)
            for block in module.hoister.unwrapped:
                self.action(block).unwrapped = True
            for gone in module.hoister.removed:
                self.action(gone).removed = True
            for statement, late in module.hoister.late.items():
                self.action(statement).before.append(late.text())
        for gone in model.gone:
            self.action(gone).removed = True

    def action(self, node: ast.stmt) -> Action:
        """The action on a statement."""
        return self.actions.setdefault(node, Action())

    # ------------------------------------------------------------------ where they are made

    def made(self, call: ast.Call) -> _Made:
        """One constructor call."""
        given = api.given(call, api.ESTIMATOR)
        if "warm_start_from" in given:
            raise Unliftable(call, "an Estimator that starts from another one's checkpoint")
        model = given.get("model_fn")
        node = self.facts.functions.get(model.id) if isinstance(model, ast.Name) else None
        if node is None or node not in self.facts.tree.body:
            raise Unliftable(call, "a model function that is not a function of this file")
        assert isinstance(model, ast.Name)
        used = [
            each
            for each in self.facts.nodes
            if isinstance(each, ast.Name) and each.id == model.id and each is not model
        ]
        if any(not self.is_model_argument(each) for each in used):
            raise Unliftable(used[0], f"`{model.id}` is also used for something else")
        found = _Made(call, node, given.get("params"), given.get("model_dir"))
        config = given.get("config")
        if config is not None:
            found.config = self.config(config)
            found.directory = found.directory or found.config.get("model_dir")
        return found

    def is_model_argument(self, node: ast.Name) -> bool:
        """Whether a name of the model function makes another Estimator."""
        return any(
            api.given(call, api.ESTIMATOR).get("model_fn") is node
            for call in self.calls()
            if api.symbol(call, self.facts) == api.ESTIMATOR
        )

    def config(self, node: ast.expr) -> dict[str, ast.expr]:
        """The settings of a RunConfig."""
        value = self.bound(node)
        if not isinstance(value, ast.Call) or api.symbol(value, self.facts) != api.RUN_CONFIG:
            raise Unliftable(node, "a RunConfig that is not written out")
        given = api.given(value, api.RUN_CONFIG)
        strange = sorted(
            set(given) - api.QUIET - {"model_dir", "tf_random_seed", "keep_checkpoint_max"}
        )
        if strange:
            raise Unliftable(given[strange[0]], f"`{strange[0]}` of a RunConfig")
        return given

    def bound(self, node: ast.expr) -> ast.expr:
        """What a name is bound to, once."""
        if not isinstance(node, ast.Name):
            return node
        found = self.inputs.bindings(node.id)
        return found[0].value if len(found) == 1 else node

    def saved(self, made: list[_Made]) -> None:
        """Whether there is a directory for checkpoints that lasts."""
        kept = [self.lasts(each.directory) for each in made]
        if any(kept) and not all(kept):
            raise Unliftable(made[0].call, "one Estimator has a directory, another has not")
        if any(kept):
            sure = all(self.certain(each.directory) for each in made if each.directory is not None)
            self.needs.saved = "always" if sure else "perhaps"
            limits = [
                each.config["keep_checkpoint_max"]
                for each in made
                if "keep_checkpoint_max" in each.config
            ]
            if limits:
                self.needs.keep = self.text(limits[0])

    def lasts(self, node: ast.expr | None) -> bool:
        """Whether a directory may be there before and after the program runs."""
        if node is None:
            return False
        value = self.bound(node)
        if isinstance(value, ast.Call) and ast.unparse(value.func) in (
            "tempfile.mkdtemp",
            "mkdtemp",
        ):
            return isinstance(node, ast.Name) and self.reread(node)
        return True

    def reread(self, node: ast.Name) -> bool:
        """Whether a directory is used for more than to make the Estimator, and to remove it."""
        for each in self.facts.nodes:
            if isinstance(each, ast.Name) and each.id == node.id and isinstance(each.ctx, ast.Load):
                parent = self.parents[each]
                if isinstance(parent, ast.keyword):
                    parent = self.parents[parent]
                removes = isinstance(parent, ast.Call) and ast.unparse(parent.func).endswith(
                    "rmtree"
                )
                wanted = (api.ESTIMATOR, api.RUN_CONFIG)
                makes = isinstance(parent, ast.Call) and api.symbol(parent, self.facts) in wanted
                if not removes and not makes:
                    return True
        return False

    def certain(self, node: ast.expr) -> bool:
        """Whether a directory or a number is certainly not None."""
        value = self.bound(node)
        if isinstance(value, ast.BoolOp):
            return self.certain(value.values[-1])
        if isinstance(value, ast.Constant):
            return value.value is not None
        return isinstance(value, (ast.Call, ast.BinOp, ast.JoinedStr))

    def logged(self) -> None:
        """Whether the program wants to see what the Estimator logs."""
        for call in self.calls():
            owner, _, name = ast.unparse(call.func).rpartition(".")
            level = ast.unparse(call.args[0]) if call.args else ""
            if name == "set_verbosity" and level.endswith((".INFO", ".DEBUG")):
                self.needs.logged = owner

    def construct(self, made: _Made, model: ModelClass) -> None:
        """Make an object of the class instead of an Estimator."""
        given = []
        if "params" in model.made_of:
            if made.params is None:
                raise Unliftable(made.call, "the model function has parameters that are not given")
            given.append(self.text(made.params))
        if self.needs.saved and made.directory is not None:
            given.append(self.text(made.directory))
        self.replaced[made.call] = f"{model.name}({', '.join(given)})"
        if "tf_random_seed" in made.config:
            statement = self.statement(made.call)
            if statement not in self.seeded:
                self.seeded.add(statement)
                seed = self.text(made.config["tf_random_seed"])
                self.action(statement).before.append(f"tf.random.set_seed({seed})")

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that a node stands in."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    # ------------------------------------------------------------------ what is done with them

    def method(self, call: ast.Call) -> None:
        """``estimator.train(...)`` and the others."""
        name = api.method(call, self.facts)
        assert isinstance(call.func, ast.Attribute)
        if name not in _METHODS:
            raise Unliftable(call, f"`{name}` of an Estimator")
        given = api.given(call, name)
        if "input_fn" not in given:
            raise Unliftable(call, f"`{name}` without an input function")
        strange = sorted(set(given) - {"input_fn", "hooks", "steps", "max_steps", "name"})
        if strange:
            raise Unliftable(given[strange[0]], f"`{strange[0]}` of `{name}`")
        self.hooks(given.get("hooks"))
        passed = [self.inputs.dataset(given["input_fn"])]
        if name == "train" and not isinstance(self.parents[call], ast.Expr):
            raise Unliftable(call, "the Estimator that `train` returns")
        if name == "predict":
            self.predicted(given["input_fn"])
        else:
            self.limited(name, given, passed)
        self.replaced[call] = f"{self.text(call.func)}({', '.join(passed)})"

    def limited(self, name: str, given: dict[str, ast.expr], passed: list[str]) -> None:
        """Pass on how many steps are wanted."""
        steps, maximum = given.get("steps"), given.get("max_steps")
        asked = self.needs.trained if name == "train" else self.needs.evaluated
        sure = all(self.certain(each) for each in (steps, maximum) if each is not None)
        asked.add(steps, maximum, certain=sure)
        passed += [f"steps={self.text(steps)}"] if steps is not None else []
        passed += [f"max_steps={self.text(maximum)}"] if maximum is not None else []

    def predicted(self, node: ast.expr) -> None:
        """Note whether there are labels in what is predicted from."""
        values = [node]
        if isinstance(node, ast.Name):
            values = [each.value for each in self.inputs.bindings(node.id)]
        known: bool | None = None
        for value in values:
            if isinstance(value, ast.Call) and api.symbol(value, self.facts) in (
                api.NUMPY,
                api.PANDAS,
            ):
                labelled = "y" in api.given(value, str(api.symbol(value, self.facts)))
                if known is None:
                    known = labelled
                    continue
                if known is labelled:
                    continue
            known = None
            break
        if not self.seen:
            self.needs.labelled = known
        elif self.needs.labelled != known:
            self.needs.labelled = None
        self.seen = True

    def hooks(self, node: ast.expr | None) -> None:
        """Hooks may only log."""
        if node is None:
            return
        values = [self.bound(each) for each in _elements(self.bound(node))]
        for value in values:
            if not only_logs(value, [], self.facts):
                raise Unliftable(node, "hooks that do more than to log")

    def train_and_evaluate(self, call: ast.Call) -> None:
        """``train_and_evaluate``: to the end, and then the evaluation."""
        given = api.given(call, api.TRAIN_AND_EVALUATE)
        specs = {}
        for key, symbol in (("train_spec", api.TRAIN_SPEC), ("eval_spec", api.EVAL_SPEC)):
            value = self.spec(given.get(key), symbol, call)
            specs[key] = api.given(value, symbol)
        train, evaluation = specs["train_spec"], specs["eval_spec"]
        if "exporters" in evaluation and not _empty(evaluation["exporters"]):
            raise Unliftable(evaluation["exporters"], "exporters")
        if "saving_listeners" in train:
            raise Unliftable(train["saving_listeners"], "listeners of checkpoints")
        self.hooks(train.get("hooks"))
        self.hooks(evaluation.get("hooks"))
        owner = given.get("estimator")
        if owner is None or self.facts.instance(owner) != api.ESTIMATOR or "input_fn" not in train:
            raise Unliftable(call, "which Estimator is trained?")
        first, second = (
            [self.inputs.dataset(train["input_fn"])],
            [self.inputs.dataset(evaluation["input_fn"])],
        )
        self.limited("train", {k: v for k, v in train.items() if k == "max_steps"}, first)
        if "steps" in evaluation:
            self.limited("evaluate", {"steps": evaluation["steps"]}, second)
        elif not _names_none(self.spec(given.get("eval_spec"), api.EVAL_SPEC, call), "steps"):
            self.needs.evaluated.add(call, None, certain=True)
            second.append("steps=100")
        else:
            self.needs.evaluated.add(None, None, certain=True)
        name = self.text(owner)
        statement = self.statement(call)
        evaluate = f"{name}.evaluate({', '.join(second)})"
        action = self.action(statement)
        if isinstance(statement, ast.Expr):
            action.removed = True
            action.texts = [f"{name}.train({', '.join(first)})", evaluate]
            return
        action.before.append(f"{name}.train({', '.join(first)})")
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        whole = isinstance(statement, ast.Assign) and statement.value is call
        if isinstance(target, ast.Tuple) and len(target.elts) == 2 and whole:
            exports = target.elts[1]
            read = uses(self.facts.tree).reads
            if isinstance(exports, ast.Name) and exports.id not in read:
                self.replaced[target] = self.text(target.elts[0])
                self.replaced[call] = evaluate
                return
        raise Unliftable(call, "what `train_and_evaluate` returns")

    def spec(self, node: ast.expr | None, symbol: str, call: ast.Call) -> ast.Call:
        """A TrainSpec or EvalSpec."""
        value = self.bound(node) if node is not None else None
        if not isinstance(value, ast.Call) or api.symbol(value, self.facts) != symbol:
            raise Unliftable(call, f"a `{symbol.rpartition('.')[2]}` that is not written out")
        return value

    # ------------------------------------------------------------------ what is left

    def clean(self) -> None:
        """Take away statements that only served what is gone."""
        gone = set(LOGGING_HOOKS) | {api.TRAIN_SPEC, api.EVAL_SPEC, api.RUN_CONFIG}
        candidates: dict[str, ast.Assign] = {}
        for node in self.facts.nodes:
            value = getattr(node, "value", None)
            if not isinstance(node, ast.Assign) or not isinstance(value, ast.Call):
                continue
            target = node.targets[0]
            if api.symbol(value, self.facts) in gone and isinstance(target, ast.Name):
                self.action(node).removed = True
                candidates[target.id] = node
        for node in candidates.values():
            for name in sorted(uses(node.value).reads):
                bound = self.inputs.bindings(name)
                if len(bound) == 1 and isinstance(bound[0].value, (ast.Dict, ast.List)):
                    read = [
                        each
                        for each in self.facts.nodes
                        if isinstance(each, ast.Name)
                        and each.id == name
                        and isinstance(each.ctx, ast.Load)
                    ]
                    if all(self.statement(each) in candidates.values() for each in read):
                        self.action(bound[0]).removed = True


def _elements(node: ast.expr) -> list[ast.expr]:
    """The elements of a list."""
    return list(node.elts) if isinstance(node, (ast.List, ast.Tuple)) else [node]


def _empty(node: ast.expr) -> bool:
    return isinstance(node, (ast.List, ast.Tuple)) and not node.elts


def _names_none(call: ast.Call, name: str) -> bool:
    """Whether a parameter is explicitly None."""
    index = api.PARAMETERS[api.EVAL_SPEC].index(name)
    values = [each.value for each in call.keywords if each.arg == name]
    values += [call.args[index]] if len(call.args) > index else []
    return any(api.is_none(each) for each in values)
