"""Savers: what saved variables by name becomes checkpoints of the objects that hold them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Step, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.saved import saved_objects
from tfmigrate.lifting.scope import Scope
from tfmigrate.lifting.steps import heads
from tfmigrate.lifting.uses import uses

if TYPE_CHECKING:
    from tfmigrate.lifting.emission import Emission

_SAVER = (
    "var_list",
    "reshape",
    "sharded",
    "max_to_keep",
    "keep_checkpoint_every_n_hours",
    "name",
    "restore_sequentially",
    "saver_def",
)
_SAVE = ("sess", "save_path", "global_step", "latest_filename")
_RESTORE = ("sess", "save_path")
_UNKNOWN = frozenset({"reshape", "saver_def", "builder", "filename", "pad_step_number"})
_WIDTH = 88
_MADE = frozenset(
    {
        Role.VARIABLE,
        Role.GET_VARIABLE,
        Role.GLOBAL_STEP,
        Role.LAYER,
        Role.LAYER_OBJECT,
        Role.CELL,
        Role.RECURRENT,
        Role.MINIMIZE,
        Role.APPLY_GRADIENTS,
    }
)
_LATEST = frozenset({"tf.train.latest_checkpoint", "tf.train.get_checkpoint_state"})


@dataclass(eq=False)
class Saver:
    """One saver of a program.

    ``path`` is empty for one that is made where it is used. ``uses`` are the calls of its methods
    and its attributes; ``managed`` whether a manager numbers and deletes its files.
    """

    call: ast.Call
    step: Step
    path: str = ""
    uses: list[tuple[ast.Attribute, ast.Call | None, Step]] = field(default_factory=list)
    checkpoint: str = ""
    managers: dict[str, str] = field(default_factory=dict)
    """The managers, by the text of what is saved under."""
    local: set[str] = field(default_factory=set)
    """Those that a function makes for itself."""

    def calls(self, method: str) -> Iterator[tuple[ast.Call, Step]]:
        """The calls of one of its methods."""
        for attribute, call, step in self.uses:
            if attribute.attr == method and call is not None:
                yield call, step


def find(scope: Scope) -> list[Saver]:
    """The savers of a scope, with all that is done with them.

    Raises:
        Unliftable: a saver is made or used in a way that cannot be followed.
    """
    facts = scope.facts
    found: list[Saver] = []
    for step in scope.steps:
        for node in _below(step):
            if facts.symbol(node) == "tf.train.import_meta_graph":
                raise Unliftable(node, "a graph is imported from a file")
            if isinstance(node, ast.Call) and facts.role(node) is Role.SAVER:
                found.append(Saver(node, step, _path_of(node, step)))
    for step in scope.steps:
        below = list(_below(step))
        called = {id(node.func): node for node in below if isinstance(node, ast.Call)}
        for node in below:
            if isinstance(node, ast.Attribute) and facts.role(node) is Role.SAVER_CALL:
                owner = [
                    s for s in found if s.call is node.value or s.path == step.path(node.value)
                ]
                if len(owner) != 1:
                    raise Unliftable(node, "a saver that is made elsewhere, or in several ways")
                owner[0].uses.append((node, called.get(id(node)), step))
    return found


def _below(step: Step) -> Iterator[ast.AST]:
    for part in heads(step):
        yield from ast.walk(part)


def _path_of(call: ast.Call, step: Step) -> str:
    """The name that a saver is given; empty if it has none."""
    node = step.node
    if isinstance(node, ast.Assign) and node.value is call and len(node.targets) == 1:
        path = step.path(node.targets[0])
        if path is not None:
            return path
    owners = (each.value for each in ast.walk(node) if isinstance(each, ast.Attribute))
    if any(owner is call for owner in owners):
        return ""
    raise Unliftable(call, "a saver that is not given a name of its own")


def latest_is_asked(facts: Facts) -> bool:
    """Whether a program looks for the checkpoint that was written last."""
    for node in facts.nodes:
        if facts.symbol(node) in _LATEST:
            return True
        if isinstance(node, ast.Attribute) and node.attr == "last_checkpoints":
            return True
    return False


class Savers:
    """Writes the savers of one program."""

    def __init__(self, emission: Emission) -> None:
        self.emission = emission
        self.scope = emission.scope
        self.text = emission.text
        self.asked = latest_is_asked(self.scope.facts)
        self.savers = find(self.scope)

    def write(self) -> None:
        """Write checkpoints in the place of savers.

        Raises:
            Unliftable: what is saved, or under which names, is not known.
        """
        for saver in self.savers:
            given = arguments(saver.call, _SAVER)
            unknown = _UNKNOWN & set(given)
            if unknown:
                raise Unliftable(saver.call, f"`{min(unknown)}` of a saver")
            unique = self.emission.program.unique_in(saver.step.names.cls)
            saver.checkpoint = unique("checkpoint", "model_checkpoint")
            if self.managed(saver):
                for saved, _ in saver.calls("save"):
                    passed = arguments(saved, _SAVE)
                    path = self.text(passed.get("save_path", saved))
                    if (
                        "global_step" in passed or self.is_asked(saver)
                    ) and path not in saver.managers:
                        saver.managers[path] = unique("manager")
            self.make(saver, given)
            for attribute, call, step in saver.uses:
                self.use(saver, attribute, call, step)

    def managed(self, saver: Saver) -> bool:
        """Whether files are numbered, or looked for by which is the latest."""
        numbered = self.numbered(saver)
        if any(numbered) and not all(numbered) and self.is_asked(saver):
            call, _ = next(saver.calls("save"))
            raise Unliftable(
                call, "checkpoints with and without a number, of which the latest is asked"
            )
        return any(numbered) or (bool(numbered) and self.is_asked(saver))

    def numbered(self, saver: Saver) -> list[bool]:
        """Which of the calls that save give a number."""
        return ["global_step" in arguments(call, _SAVE) for call, _ in saver.calls("save")]

    def is_asked(self, saver: Saver) -> bool:
        """Whether the latest checkpoint that is looked for may be one of this saver."""
        if any(any(self.numbered(other)) for other in self.savers if other is not saver):
            return False
        return self.asked and not any(
            self.is_exact(saver, arguments(call, _RESTORE)) for call, _ in saver.calls("restore")
        )

    def is_exact(self, saver: Saver, restored: dict[str, ast.expr]) -> bool:
        """Whether what is restored is the very path of what was saved without a number."""
        path = self.text(restored["save_path"]) if "save_path" in restored else ""
        return any(
            self.text(given["save_path"]) == path
            for given in (arguments(call, _SAVE) for call, _ in saver.calls("save"))
            if "save_path" in given and "global_step" not in given
        )

    def make(self, saver: Saver, given: dict[str, ast.expr]) -> None:
        """Write what makes the checkpoint and its manager."""
        held = saved_objects(saver.step, given.get("var_list"), self.emission)
        if held.layers and not self.called_before(saver):
            call, _ = next(saver.calls("save"))
            raise Unliftable(call, "layers are saved before anything has called them")
        prefix = "self." if saver.step.names.cls and saver.path.count(".") == 1 else ""
        checkpoint = f"{prefix}{saver.checkpoint}"
        texts = [wrapped(f"{checkpoint} = tf.train.Checkpoint", held.arguments)]
        for path, name in saver.managers.items():
            where, passed = self.manager(saver, path, given)
            if where is None:
                made = f"{prefix}{name} = tf.train.CheckpointManager"
                texts.append(wrapped(made, [checkpoint, *passed]))
                continue
            owner = self.owner(saver)
            saver.local.update([name] if owner else [])
            manager = wrapped(
                f"{name} = tf.train.CheckpointManager", [f"{owner}{saver.checkpoint}", *passed]
            )
            self.emission.action(where).before.append(manager)
        node = saver.step.node
        if saver.path:
            self.emission.replaced_statement(node, texts)
        else:
            self.emission.action(node).before.extend(texts)

    def owner(self, saver: Saver) -> str:
        """What a saver's object is called where it saves, with a dot; empty if it has none."""
        attribute = next(each for each, call, _ in saver.uses if each.attr == "save")
        value = attribute.value
        return f"{self.text(value.value)}." if isinstance(value, ast.Attribute) else ""

    def called_before(self, saver: Saver) -> bool:
        """Whether functions have been called, and so layers have variables, before any is saved."""
        saves = [self.first_run(step) for _, step in saver.calls("save")]
        of_site = self.emission.program.of_site
        return not saves or any(self.first_run(site.step) <= min(saves) for site in of_site)

    def first_run(self, step: Step, seen: frozenset[ast.stmt] = frozenset()) -> int:
        """The position of a statement, or of the first that calls the function it stands in."""
        around = [each for each in step.blocks if isinstance(each, ast.FunctionDef)]
        if not around or around[-1] in seen:
            return step.index
        name = around[-1].name
        calls = [
            self.first_run(other, seen | {around[-1]})
            for other in self.scope.steps
            for part in heads(other)
            for each in ast.walk(part)
            if isinstance(each, ast.Call) and ast.unparse(each.func).rpartition(".")[2] == name
        ]
        return min(calls, default=step.index)

    def manager(
        self, saver: Saver, text: str, given: dict[str, ast.expr]
    ) -> tuple[ast.stmt | None, list[str]]:
        """What a manager is made from; the statement it stands before, None if the checkpoint's."""
        saves = [(arguments(call, _SAVE), call, step) for call, step in saver.calls("save")]
        for arguments_, call, _ in saves:
            if "latest_filename" in arguments_ or "save_path" not in arguments_:
                raise Unliftable(call, "`latest_filename` of a saver")
        saves = [each for each in saves if self.text(each[0]["save_path"]) == text]
        path = saves[0][0]["save_path"]
        where = self.place(saver, path, [step for _, _, step in saves])
        directory, name = self.split(path, text)
        # where nothing is numbered, each file took the place of the one before
        kept = f"max_to_keep={self.kept(saver) if 'global_step' in saves[0][0] else 1}"
        passed = [directory, kept, f"checkpoint_name={name}"]
        if "keep_checkpoint_every_n_hours" in given:
            hours = self.text(given["keep_checkpoint_every_n_hours"])
            passed.append(f"keep_checkpoint_every_n_hours={hours}")
        return where, passed

    def kept(self, saver: Saver) -> str:
        """How many checkpoints are kept; None and 0 mean all of them."""
        values = [each.value for each in saver.call.keywords if each.arg == "max_to_keep"]
        if not values:
            return "5"
        if isinstance(values[0], ast.Constant) and not values[0].value:
            return "None"
        return self.text(values[0])

    def place(self, saver: Saver, path: ast.expr, steps: list[Step]) -> ast.stmt | None:
        """The statement that a manager is made before: when the names of its folder are there."""
        first = min(steps, key=lambda step: step.index)
        around = [at for at, each in enumerate(first.blocks) if isinstance(each, ast.FunctionDef)]
        last, blocks = saver.step.index, saver.step.blocks
        for name in uses(path).reads:
            reached = self.scope.reaching(first.names.get(name, name), first.index)
            if not reached and around and name in _parameters(first.blocks[around[-1]]):
                blocks = max(blocks, first.blocks[: around[-1] + 1], key=len)
            for step in reached:
                if step.index > last:
                    last, blocks = step.index, max(blocks, step.blocks, key=len)
        early = blocks == saver.step.blocks and last == saver.step.index
        if early and all(_within(step, blocks) for step in steps):
            return None
        if not all(_within(step, blocks) for step in steps):
            raise Unliftable(path, "the folder of checkpoints is known only when they are saved")
        inside = first.blocks[len(blocks) :]
        if any(isinstance(each, ast.FunctionDef) for each in inside):
            raise Unliftable(path, "the folder of checkpoints is known only when they are saved")
        return inside[0] if inside else first.node

    def split(self, path: ast.expr, text: str) -> tuple[str, str]:
        """The folder and the name of checkpoints."""
        if isinstance(path, ast.Constant) and isinstance(path.value, str):
            folder, _, name = path.value.rpartition("/")
            return repr_like(folder or ".", text), repr_like(name, text)
        if isinstance(path, ast.BinOp) and isinstance(path.op, ast.Add):
            right = path.right
            if isinstance(right, ast.Constant) and isinstance(right.value, str):
                folder, slash, name = right.value.rpartition("/")
                quoted = self.text(right)
                left = self.text(path.left)
                if slash:
                    more = f" + {repr_like(folder, quoted)}" if folder else ""
                    return f"{left}{more}", repr_like(name, quoted)
        if isinstance(path, ast.Call) and ast.unparse(path.func) == "os.path.join":
            *folders, last = path.args
            if folders and not (isinstance(last, ast.Constant) and "/" in str(last.value)):
                joined = self.text(folders[0])
                if len(folders) > 1:
                    joined = f"os.path.join({', '.join(self.text(each) for each in folders)})"
                return joined, self.text(last)
        self.emission.imports.append("import os")
        return f"os.path.dirname({text})", f"os.path.basename({text})"

    def use(
        self, saver: Saver, attribute: ast.Attribute, call: ast.Call | None, step: Step
    ) -> None:
        """One use of a saver."""
        method = attribute.attr
        owner = attribute.value
        prefix = f"{self.text(owner.value)}." if isinstance(owner, ast.Attribute) else ""
        if method == "save" and call is not None:
            self.emission.replaced[call] = self.save(saver, call, prefix)
        elif method == "restore" and call is not None:
            given = arguments(call, _RESTORE)
            if "save_path" not in given:
                raise Unliftable(call, "which checkpoint is restored?")
            latest = (saver.managers or self.asked) and not self.is_exact(saver, given)
            verb = "restore" if latest else "read"
            path = self.text(given["save_path"])
            text = f"{saver.checkpoint}.{verb}({path}).assert_existing_objects_matched()"
            self.emission.replaced[call] = prefix + text
        elif method == "last_checkpoints" and len(saver.managers) == 1 and not saver.local:
            (manager,) = saver.managers.values()
            self.emission.replaced[attribute] = f"{prefix}{manager}.checkpoints"
        elif method == "recover_last_checkpoints" and isinstance(step.node, ast.Expr):
            # a manager reads from its folder what is there
            self.emission.action(step.node).removed = True
        else:
            raise Unliftable(attribute, f"`{method}` of a saver")

    def save(self, saver: Saver, call: ast.Call, prefix: str) -> str:
        """What writes a checkpoint; its value is the path, as it was."""
        given = arguments(call, _SAVE)
        if "save_path" not in given:
            raise Unliftable(call, "where a saver saves is not given")
        path = self.text(given["save_path"])
        number = given.get("global_step")
        if path not in saver.managers:
            return f"{prefix}{saver.checkpoint}.write({path})"
        manager = saver.managers[path]
        if manager not in saver.local:
            manager = prefix + manager
        if number is not None:
            return f"{manager}.save(checkpoint_number={self.text(number)})"
        return f"{manager}.save()"


def _parameters(node: ast.stmt) -> set[str]:
    """The names of the parameters of a function."""
    return {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}


def _within(step: Step, blocks: tuple[ast.stmt, ...]) -> bool:
    return step.blocks[: len(blocks)] == blocks


def repr_like(value: str, text: str) -> str:
    """A string in the quotes that the program uses."""
    quoted = repr(value)
    if '"' in text and "'" not in value and '"' not in value:
        return f'"{quoted[1:-1]}"'
    return quoted


def wrapped(head: str, passed: list[str]) -> str:
    """A call, over several lines if it is too long for one."""
    line = f"{head}({', '.join(passed)})"
    if len(line) <= _WIDTH or len(passed) < 2 or "\n" in line:
        return line
    inner = ", ".join(passed)
    if len(inner) <= _WIDTH - 4:
        return f"{head}(\n    {inner}\n)"
    return head + "(\n" + "".join(f"    {each},\n" for each in passed) + ")"


def is_saver(node: ast.AST | None, facts: Facts) -> bool:
    """Whether an expression makes a saver."""
    return isinstance(node, ast.Call) and facts.role(node) is Role.SAVER


def restores_all(step: Step, scope: Scope) -> bool:
    """Whether a statement restores every variable of a scope."""
    call = step.node.value if isinstance(step.node, ast.Expr) else None
    if not isinstance(call, ast.Call) or scope.facts.role(call) is not Role.SAVER_CALL:
        return False
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "restore":
        return False
    path = step.path(call.func.value)
    made = [each for each in scope.steps if path in each.writes and each.index < step.index]
    if len(made) != 1 or not isinstance(made[0].node, ast.Assign):
        return False
    saver = made[0].node.value
    if not is_saver(saver, scope.facts) or "var_list" in arguments(saver, _SAVER):  # type: ignore[arg-type]
        return False
    for other in scope.steps[made[0].index + 1 :]:
        roles = {role for part in heads(other) for _, role in scope.facts.roles_below(part)}
        if roles & _MADE and not isinstance(other.node, (ast.FunctionDef, ast.ClassDef)):
            return False
    return True
