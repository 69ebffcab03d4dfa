"""From the functions of a program to actions on its statements."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import cached_property

from tfmigrate.engine.context import Context
from tfmigrate.lifting import summaries
from tfmigrate.lifting.arg_scopes import Scopes, reading_for
from tfmigrate.lifting.assigns import assignment, is_operation_name
from tfmigrate.lifting.averages import write_averages
from tfmigrate.lifting.calling import RunSites
from tfmigrate.lifting.cells import Bindings
from tfmigrate.lifting.defining import Definitions
from tfmigrate.lifting.devices import write_devices
from tfmigrate.lifting.draws import Draws
from tfmigrate.lifting.facts import methods_of
from tfmigrate.lifting.feeds import keys_below
from tfmigrate.lifting.functions import (
    Program,
    Text,
    final_stages,
    parameter,
)
from tfmigrate.lifting.gradients import write_tapes
from tfmigrate.lifting.hoisting import Hoister
from tfmigrate.lifting.listing import VariableLists
from tfmigrate.lifting.losses import term
from tfmigrate.lifting.model import Kind, Stage, Step, Unliftable
from tfmigrate.lifting.modules import Modules, weights_property
from tfmigrate.lifting.optimizers import build_optimizers
from tfmigrate.lifting.rates import GLOBAL_STEP, rate_text, readings, value_text
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.saved import track
from tfmigrate.lifting.savers import Savers
from tfmigrate.lifting.slices import MOVES, Part
from tfmigrate.lifting.specs import spec_of
from tfmigrate.lifting.stages import OF_CELLS
from tfmigrate.lifting.state_specs import local_names, spec_text, states_fed
from tfmigrate.lifting.steps import calls_of, given_to, item_roles
from tfmigrate.lifting.structures import Structures
from tfmigrate.lifting.updates import frozen, is_updates
from tfmigrate.lifting.uses import path_of, turns_to_reuse
from tfmigrate.lifting.variables import regularizer_of, variable_for
from tfmigrate.lifting.writing import Action
from tfmigrate.transforms.layer_model import Refused
from tfmigrate.transforms.optimizers import optimizer, schedule


class Emission:
    """What is to be written for one program: new expressions, and an action a statement."""

    def __init__(self, program: Program, text: Text, context: Context) -> None:
        self.program = program
        self.scope = program.scope
        self.text = text
        self.context = context
        self.replaced = text.replaced
        self.actions: dict[ast.stmt, Action] = {}
        self.support: list[str] = []
        self.passed: dict[tuple[ast.FunctionDef, str], str] = {}
        self.imports: list[str] = []
        self.held: list[tuple[int, str]] = []
        self.reading = reading_for(self.scope.facts, text.source, text, context)
        self.layering = Scopes(self.scope.facts, self.reading, frozen=frozen(program))
        stages = final_stages(self.scope)
        stages.bound.update(dict.fromkeys(program.settled, Stage.HOST))
        self.bindings = Bindings(self.scope.facts)
        self.structures = Structures(self.scope, self.reading, self.bindings)
        self.modules = Modules(
            self.scope.facts,
            self.reading,
            stages,
            program.unique,
            program.taken.discard,
            self.bindings,
            self.layering,
        )
        self.stages = stages
        self.hoisters: dict[str, Hoister] = {}

    @cached_property
    def local_names(self) -> frozenset[str]:
        """The names that the functions give to what they compute."""
        moved = (step for step in self.scope.steps if step.kind in MOVES)
        return frozenset(path for step in moved for path in step.writes)

    def hoister(self, cls: str) -> Hoister:
        """What takes state out of the statements of a class, or of those outside of classes."""
        if cls not in self.hoisters:
            self.hoisters[cls] = Hoister(
                self.scope.facts,
                self.reading,
                self.stages,
                self.program.unique_in(cls),
                self.modules.split,
                prefix="self." if cls else "",
                replaced=self.replaced,
                bindings=self.bindings,
                layering=self.layering,
                hidden=frozenset() if cls else self.local_names,
            )
        return self.hoisters[cls]

    def run(self) -> None:
        """Decide on everything.

        Raises:
            Unliftable: something has no native counterpart here.
        """
        self.replaced.update(self.layering.initializers())
        self.spellings()
        for step in self.scope.steps:
            self.hoist(step)
        listing = VariableLists(self)
        for step in self.scope.steps:
            listing.lists(step)
        self.assignments(self.scope.node)
        write_averages(self)
        write_tapes(self)
        write_devices(self)
        build_optimizers(self)
        self.modules.check_sharing(self.hoisters.values())
        self.promotions()
        for path, step in states_fed(self.program):
            made = spec_text(path, step, self.program, self.text)
            action = self.action(step.node)
            if made:
                (action.before if step.kind in MOVES else action.following).append(made)
        self.program.draws = program_draws = Draws(self)
        run_sites = RunSites(self)
        # a run site within another comes first
        for site in sorted(self.scope.sites, key=lambda each: _place(each.call), reverse=True):
            run_sites.site(site)
        for step in self.scope.steps:
            self.step(step)
        program_draws.write()
        definitions = Definitions(self)
        for part in [*self.program.shared, *self.program.parts]:
            definitions.function(part)
        self.respellings()
        Savers(self).write()
        self.classes()
        self.recurrent()
        for step in self.scope.steps:
            if step.header and isinstance(step.node, ast.FunctionDef):
                self.parameters(step.node)
            elif step.header and isinstance(step.node, ast.ClassDef):
                inside = {s.names.method for s in self.scope.steps if s.names.cls == step.node.name}
                for method in methods_of(step.node).values():
                    if method.name in inside:
                        self.parameters(method, step.node.name)
        for step in self.scope.steps:
            self.move(step)
        self.unused()
        for node, (name, step) in self.program.hoisted.items():
            self.make(step, [f"{name} = {self.made(node, step)}"])

    def hoist(self, step: Step) -> None:
        """Take out what a staged statement makes, and make it in its old place."""
        hoister = self.hoister(step.names.cls)
        hoister.stages.names = step.names
        hoister.scopes = ()
        for context in step.contexts:
            for item in context.items:
                if self.scope.facts.role(item.context_expr) is Role.VARIABLE_SCOPE:
                    hoister.scopes += tuple(hoister.scope_name(item.context_expr))
            hoister.enter(context, hoister.scopes)
        if turns_to_reuse(step.node):
            hoister.reuse(hoister.scopes)
        before = len(hoister.made)
        if step.kind in (Kind.STATE, Kind.KEPT) and self.holds_cells(step):
            hoister.recurrent.in_place(step.node)
        elif step.kind is Kind.STAGED and hoister.calls(step.node):
            hoister.statement(step.node)
        elif step.kind is Kind.STAGED:
            hoister.recurrent.sizes(step.node)
        made = [piece.text for piece in hoister.made[before:]]
        self.held.extend((step.index, text.partition(" = ")[0]) for text in made)
        self.make(step, made)

    def holds_cells(self, step: Step) -> bool:
        """Whether a statement that stays may make or use cells."""
        if isinstance(step.node, ast.FunctionDef):
            helper = self.scope.facts.helper(step.node.name)
            return helper is not None and Role.CELL in helper.roles and helper.roles <= OF_CELLS
        return not step.header

    def recurrent(self) -> None:
        """Write what recurrent networks need before statements, and take out what they do not."""
        functions = [each.hoister for each in self.modules.known.values() if each.hoister]
        for hoister in [*self.hoisters.values(), *functions]:
            self.support.extend(hoister.recurrent.support)
            for node, lines in hoister.recurrent.leading.items():
                self.action(node).leading.extend(lines)
            for node in hoister.unwrapped:
                self.action(node).unwrapped = True
            for node in hoister.recurrent.dropped:
                self.action(node).removed = self.action(node).gone = True

    def spellings(self) -> None:
        """In classes, names of tensors become local names."""
        objects = self.program.objects
        self.replaced.update(local_names(self.program))
        for step in self.scope.steps:
            if step.kind in MOVES:
                self.replaced.update(objects.spell(step))
        rated: dict[ast.expr, Step] = {}
        for step in self.scope.steps:
            rated.update(readings(step, self.scope))
        values = {
            node: value_text(node, maker, self.scope, self.text) for node, maker in rated.items()
        }
        self.replaced.update(values)
        for part in [*self.program.parts, *self.program.shared]:
            for site in part.sites:
                for fetch in site.fetches:
                    if fetch.path is None:
                        moved = replace(site.step, node=fetch.node)  # type: ignore[arg-type]
                        self.replaced.update(objects.spell(moved))

    def assignments(self, node: ast.AST) -> None:
        """Assignments are methods of variables, wherever they stand."""
        for each in ast.walk(node):
            if is_operation_name(each):
                assert isinstance(each, ast.Attribute) and isinstance(each.value, ast.Attribute)
                self.replaced[each] = f'{self.text(each.value.value)}.name.split(":")[0]'
        # those within others first, so that the text of the outer ones has them
        for each in reversed(list(ast.walk(node))):
            if isinstance(each, ast.Call) and self.scope.facts.role(each) is Role.ASSIGN:
                text = assignment(each, self.scope.facts, self.text)
                if text is not None:
                    self.replaced[each] = text

    def promotions(self) -> None:
        """In classes, local names that functions read become attributes."""
        objects = self.program.objects
        for step in self.scope.steps:
            if not step.names.cls or step.kind not in MOVES:
                continue
            inside: list[ast.AST] = [step.node]
            if step.kind is Kind.TRAIN:
                value = step.node.value  # type: ignore[attr-defined]
                inside = [*value.args, *(each.value for each in value.keywords)]
            for node in inside:
                self.replaced.update(objects.promote(step, node, self.replaced))
                for each in ast.walk(node):
                    if not isinstance(each, ast.expr) or isinstance(
                        each, (ast.Name, ast.Attribute)
                    ):
                        continue
                    if each in self.replaced:
                        text = objects.promote_text(step, self.replaced[each])
                        self.replaced[each] = text
        self.respellings()
        for node, texts in objects.first.items():
            self.action(node).before[:0] = texts

    def respellings(self) -> None:
        """What functions read of a method is an attribute where the method binds it."""
        for step in self.scope.steps:
            if step.kind not in MOVES and step.names.cls and not step.header:
                for node, text in self.program.objects.respell(step).items():
                    self.replaced.setdefault(node, text)

    def make(self, step: Step, texts: list[str]) -> None:
        """Make things where a statement was, or in the constructor if its method goes."""
        method = self.method(step)
        if method is None or not method.decorator_list:
            self.action(step.node).before.extend(texts)
            return
        init = methods_of(self.scope.facts.classes[step.names.cls]).get("__init__")
        if init is None:
            raise Unliftable(method, "a property that builds a graph, in a class without __init__")
        self.action(init.body[-1]).following.extend(texts)

    def unused(self) -> None:
        """Remove the decorators of properties that are methods now, if nothing else has them."""
        facts = self.scope.facts
        gone: list[ast.AST] = [
            decorator
            for node, action in self.actions.items()
            if action.removed and isinstance(node, ast.FunctionDef)
            for decorator in node.decorator_list
        ]
        named = [each for each in facts.nodes if isinstance(each, ast.Name)]
        found: list[ast.FunctionDef] = []
        while gone:
            inside = {id(each) for node in gone for each in ast.walk(node)}
            left = {each.id for each in named if id(each) not in inside}
            before = {each.id for each in named if id(each) in inside}
            more = [
                node
                for name, node in facts.functions.items()
                if name in before - left and node in facts.tree.body and node not in found
            ]
            if not more:
                break
            found.extend(more)
            gone.extend(more)
        for node in found:
            self.action(node).removed = True

    def move(self, step: Step) -> None:
        """What a property made besides tensors is made in the constructor."""
        method = self.method(step)
        if method is None or not method.decorator_list or step.kind in MOVES:
            return
        if step.header or not isinstance(step.node, ast.Assign):
            return
        self.replaced.update(self.program.objects.respell(step))
        target = self.text(step.node.targets[0])
        self.make(step, [f"{target} = {self.text(step.node.value)}"])

    def method(self, step: Step) -> ast.FunctionDef | None:
        """The method that a step is a statement of."""
        cls = self.scope.facts.classes.get(step.names.cls)
        return methods_of(cls).get(step.names.method) if cls is not None else None

    def losses(self, step: Step) -> list[str]:
        """The regularization losses of what was made before a statement."""
        hoister = self.hoister(step.names.cls)
        found = [(line, text) for line, text in hoister.losses if line < step.node.lineno]
        for other in self.scope.steps[: step.index]:
            value = getattr(other.node, "value", None)
            path = next(iter(other.writes), "")
            if not isinstance(value, ast.Call) or other.kind is not Kind.STATE:
                continue
            if self.scope.facts.role(value) is Role.GET_VARIABLE:
                _, default = self.layering.of_variables(value)
                text = regularizer_of(value, self.reading, default)
                if text is not None:
                    found.append((value.lineno, term(text, path, optional=False)))
        return [text for _, text in sorted(found)]

    def classes(self) -> None:
        """Write the classes that functions became, in their places."""
        for module in self.modules.known.values():
            if module.written is None or module.hoister is None:
                continue
            action = self.action(module.node)
            action.removed = True
            if module.listed:
                module.written.body.append(weights_property(module.hoister))
            if module.tracked:
                track(module)
            action.after.append(module.written)
            self.replaced.update(module.hoister.replaced)
            for each in self.scope.facts.nodes:
                owner = each.value if isinstance(each, ast.Attribute) else None
                if isinstance(owner, ast.Name) and owner.id == module.node.name:
                    # `network.default_size = 224`
                    self.replaced.setdefault(owner, module.class_name)
            for block in module.hoister.unwrapped:
                self.action(block).unwrapped = True
            for gone in module.hoister.removed:
                self.action(gone).removed = True
            for statement, late in module.hoister.late.items():
                self.action(statement).before.append(late.text())

        self.makers()
        for gone in self.layering.gone():
            self.action(gone).removed = True

    def replaced_statement(self, node: ast.stmt, texts: list[str]) -> None:
        """Write statements in the place of one."""
        action = self.action(node)
        action.removed = True
        action.texts = texts

    def makers(self) -> None:
        """Rewrite the functions that only make variables, and stay."""
        facts = self.scope.facts
        for name, node in facts.functions.items():
            if name in self.modules.known or node not in facts.tree.body:
                continue
            calls = [each for each in facts.below(node) if facts.role(each) is Role.GET_VARIABLE]
            for call in calls:
                if isinstance(call, ast.Call) and call not in self.replaced:
                    default, _ = self.layering.of_variables(call)
                    fresh = self.layering.fresh(call)
                    self.replaced[call] = variable_for(fresh, self.reading, (), default)
            for block in facts.below(node) if calls else ():
                if isinstance(block, ast.With) and set(item_roles(block, facts)) <= {
                    Role.VARIABLE_SCOPE
                }:
                    self.action(block).unwrapped = True

    def home(self, part: Part) -> ast.FunctionDef | None:
        """The function that a function is written in; None for the module and for classes."""
        if self.program.owners[part]:
            return None
        anchor = Definitions(self).anchor(part)
        found = self.scope.facts.within.get(id(anchor))
        return None if found is self.scope.node else found

    def action(self, node: ast.stmt) -> Action:
        """The action on a statement."""
        return self.actions.setdefault(node, Action())

    def step(self, step: Step) -> None:
        """What becomes of a statement in its old place."""
        if step.kind is Kind.DROPPED and isinstance(step.node, ast.With) and step.header:
            self.action(step.node).unwrapped = True
        elif step.kind in (Kind.DROPPED, Kind.STAGED, Kind.TRAIN):
            self.action(step.node).removed = True
            if is_updates(getattr(step.node, "value", None), self.scope.facts):
                self.action(step.node).gone = True
            method = self.method(step)
            if method is not None and method.decorator_list:
                self.action(method).removed = True
        elif step.kind is Kind.PLACEHOLDER:
            action = self.action(step.node)
            action.removed = True
            if not step.writes & set(self.scope.iterators.elements):
                action.texts = spec_of(step, self.program, self.text)
        else:
            self.made_once(step)

    def made_once(self, step: Step) -> None:
        """The optimizers, summary writers and variables that a statement makes."""
        if step.header:
            return
        facts = self.scope.facts
        self.keys(step)
        if step in self.program.written or summaries.gone(step.node, facts):
            self.action(step.node).removed = True
            return
        for each in ast.walk(step.node):
            if isinstance(each, ast.Expr) and facts.role(each.value) is Role.RESET:
                # in a function that begins anew
                self.action(each).removed = True
            if not isinstance(each, ast.Call):
                continue
            role = facts.role(each)
            if role is Role.OPTIMIZER:
                self.replaced[each] = self.optimizer(each, step)
            elif role is Role.SCHEDULE:
                self.replaced[each] = self.schedule(each)
            elif role is Role.GLOBAL_STEP:
                self.replaced[each] = GLOBAL_STEP
            elif role is Role.GET_VARIABLE:
                scopes = self.scopes(step)
                default, _ = self.layering.of_variables(each)
                fresh = self.layering.fresh(each)
                self.replaced[each] = variable_for(fresh, self.reading, scopes, default)
            elif role is Role.WRITER:
                self.replaced[each] = summaries.writer_text(each, facts, self.text) or ""
            elif role is Role.LAYER_OBJECT:
                self.replaced[each] = self.hoister(step.names.cls).split(each).text()

    def keys(self, step: Step) -> None:
        """Dictionaries that are fed have the names of parameters for keys."""
        self.stages.names = step.names
        inner = step.node
        if isinstance(inner, ast.ClassDef):
            return
        written = {
            id(keyword)
            for site in self.scope.sites
            if site.feed is None
            for keyword in ast.walk(site.call)
        }
        for key in keys_below(inner, self.stages):
            if id(key) not in written:
                path = step.path(key) or ""
                self.replaced[key] = f'"{parameter(path)}"'

    def scopes(self, step: Step) -> tuple[str, ...]:
        """The names of the variable scopes around a statement."""
        return tuple(
            name
            for context in step.contexts
            for item in context.items
            if self.scope.facts.role(item.context_expr) is Role.VARIABLE_SCOPE
            for name in self.hoister(step.names.cls).scope_name(item.context_expr)
        )

    def forget(self, node: ast.FunctionDef, name: str) -> None:
        """``self.sess = sess``: what is kept for the runs of a session goes with them."""
        for each in ast.walk(node):
            if isinstance(each, ast.Assign) and isinstance(each.value, ast.Name):
                if each.value.id == name:
                    self.action(each).removed = True

    def parameters(self, node: ast.FunctionDef, cls: str = "") -> None:
        """Take sessions and tensors out of the parameters of a function that ran the graph."""
        facts = self.scope.facts
        end = len(self.scope.steps)
        gone = []
        for name, values in given_to(node, facts, cls).items():
            sessions = name in facts.session_parameters(node) or all(
                facts.instance(value) == "tf.Session" for value in values
            )
            reached = [self.scope.reaching(self.path(value) or "", end) for value in values]
            staged = all(
                steps
                and all(
                    s.kind in MOVES or s.kind in (Kind.PLACEHOLDER, Kind.DROPPED) for s in steps
                )
                for steps in reached
            )
            if sessions or staged:
                gone.append(name)
            if sessions:
                self.forget(node, name)
        handed = {name: self.passed[node, name] for name in gone if (node, name) in self.passed}
        gone = [name for name in gone if name not in handed]
        if not gone and not handed:
            return
        self.action(node).without = gone
        names = [each.arg for each in node.args.args][1 if cls else 0 :]
        for call in calls_of(node, facts):
            kept = [
                handed.get(name, self.text(each))
                for name, each in zip(names, call.args, strict=False)
                if name not in gone
            ]
            kept += [
                f"{each.arg}={self.text(each.value)}"
                for each in call.keywords
                if each.arg not in gone
            ]
            self.replaced[call] = f"{self.text(call.func)}({', '.join(kept)})"

    def path(self, node: ast.expr) -> str | None:
        """The path of an expression, wherever it stands."""
        for step in self.scope.steps:
            if not step.header and any(each is node for each in ast.walk(step.node)):
                return step.path(node)
        return path_of(node)

    def made(self, node: ast.expr, step: Step) -> str:
        """The text of what is made once, ahead of the statement that made it."""
        if isinstance(node, ast.Call) and self.scope.facts.role(node) is Role.OPTIMIZER:
            return self.optimizer(node, step)
        if self.scope.facts.role(node) is Role.GLOBAL_STEP:
            return GLOBAL_STEP
        raise Unliftable(node, "something made on the spot that is not understood")

    def schedule(self, call: ast.Call) -> str:
        """The Keras schedule for a call of one of the decays of TensorFlow 1."""
        made = schedule(call, self.scope.facts.symbol(call.func) or "", self.reading)
        if isinstance(made, Refused):
            raise Unliftable(call, made.reason)
        self.imports.extend(made.imports)
        return made.constructor

    def optimizer(self, call: ast.Call, step: Step) -> str:
        """The Keras optimizer for a call, in a step, that makes an optimizer of TensorFlow 1."""
        symbol = self.scope.facts.symbol(call.func) or ""
        rate, varies = rate_text(call, step, self.scope, self.text)
        made = optimizer(call, symbol, self.reading, rate=rate, varies=varies)
        if isinstance(made, Refused):
            raise Unliftable(call, made.reason)
        self.support.extend(made.support)
        return made.constructor


def _place(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset
