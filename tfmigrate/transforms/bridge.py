"""The bridge: a graph program that stays one, so that it runs on today's TensorFlow.

``import tensorflow as tf`` becomes ``import tensorflow.compat.v1 as tf`` with v2 behaviour switched
off, names that are gone are replaced by what does the same in graph mode, and everything else stays
as it is. It is all or nothing: what has no successor keeps the whole file as it was.

Both switches are for the whole process: ``disable_v2_behavior()`` turns eager execution off for
every module that is loaded beside the file, and ``TF_USE_LEGACY_KERAS`` gives them Keras 2, if it
is set before any of them imports TensorFlow.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tfmigrate.engine import patterns, symbols, syntax
from tfmigrate.engine.context import Context
from tfmigrate.engine.detectors import Program
from tfmigrate.engine.edits import Offsets, apply
from tfmigrate.engine.spans import Lines
from tfmigrate.engine.verdicts import GRAPH_DIALECTS, dialect_of
from tfmigrate.model import Dialect, Finding, Severity
from tfmigrate.names import Names, Reference, Role, plain, resolve
from tfmigrate.names.knowledge import COMPAT
from tfmigrate.transforms import bridge_imports as imports
from tfmigrate.transforms.bridge_imports import Imported, Statement
from tfmigrate.transforms.bridge_names import EAGER, LITERALS, RESTORED
from tfmigrate.transforms.bridge_places import Places, Spot, below, is_module
from tfmigrate.transforms.source import Piece, Source

LEGACY = "TF_USE_LEGACY_KERAS"
_SWITCHES = frozenset(
    ("tf.disable_v2_behavior", "tf.disable_eager_execution", "tf.enable_v2_behavior")
)


_PRIVATE = ("tensorflow.python.", "tensorflow.core.")


@dataclass(frozen=True, slots=True)
class Bridged:
    """What became of a program.

    ``text`` is the new text, or the old one if ``reasons`` say why it cannot be bridged: one
    finding for each name that has no successor in graph mode. ``needs`` are the distributions that
    the new text needs beside TensorFlow, ``support`` the blocks of ``rules/support`` that have to
    be put into it.
    """

    text: str
    reasons: tuple[Finding, ...] = ()
    needs: tuple[str, ...] = ()
    support: tuple[str, ...] = ()


def bridge(text: str, context: Context, dialect: Dialect) -> Bridged | None:
    """Bridge a program.

    Args:
        text: the source, with its own newlines.
        context: facts, rules and target release.
        dialect: the dialect of the file.

    Returns:
        None if the program is none that builds graphs (it speaks TensorFlow 2, or switches eager
        execution on), or if it cannot be parsed. A program that runs as it is comes back unchanged.
    """
    if dialect not in GRAPH_DIALECTS:
        return None
    lines = Lines(text.replace("\r\n", "\n").replace("\r", "\n"))
    try:
        with syntax.deep_recursion():
            tree = syntax.parse("\n".join(lines.lines), lines)
            names = resolve(tree, context.knowledge)
    except (syntax.ParseError, RecursionError):
        return None
    if not names.references or any(plain(each.symbol) in EAGER for each in names.references):
        return None
    return _Bridge(text, tree, names, lines, Places(context, dialect), dialect).run()


class _Bridge:
    """The bridging of one program."""

    def __init__(
        self,
        text: str,
        tree: ast.Module,
        names: Names,
        lines: Lines,
        places: Places,
        dialect: Dialect,
    ) -> None:
        self.text = text
        self.tree = tree
        self.resolved = names
        self.references = [each for each in names.references if each.role is not Role.DYNAMIC]
        self.source = Source(lines)
        self.places = places
        self.dialect = dialect
        self.pieces: list[Piece] = []
        self.reasons: list[Finding] = []
        self.spots: set[Spot] = set()
        self.bound: dict[str, Spot | None] = {}
        """What the functions and classes that are imported by name become."""
        self.dropped: set[str] = set()
        """The modules whose imports go."""
        self.native = native_names(tree)
        self.names = module_names(tree, names, places)
        self.rewritten: dict[int, list[Piece]] = {}
        """What the import statements become."""
        self.gone: set[int] = set()
        """The import statements that go as a whole."""
        self.added: dict[str, str] = {}
        """Imports to add: the path of a module and the name for it."""

    def run(self) -> Bridged:
        """Bridge it."""
        self.imports()
        for reference in self.references:
            self.reference(reference)
        self.reasons.extend(self.outdated())
        if self.reasons:
            return Bridged(self.text, tuple(self.reasons))
        self.surroundings()
        self.pieces.extend(piece for pieces in self.rewritten.values() for piece in pieces)
        offsets = Offsets(self.text)
        changes = offsets.changes(self.source.edits(self.pieces))
        roots = {each.path.partition(".")[0] for each in self.spots if not each.support}
        needs = sorted(
            (roots & {"tf_slim", "tensorboard"}) | ({"tf_keras"} if self.legacy else set())
        )
        support = sorted({each.support for each in self.spots if each.support})
        return Bridged(apply(self.text, changes), (), tuple(needs), tuple(support))

    def outdated(self) -> Iterator[Finding]:
        """Calls in an order of arguments that TensorFlow 1 did not take any more, either."""
        program = Program(self.tree, self.resolved, self.dialect)
        for each in patterns.check(program, self.places.context, self.source.lines):
            if each.code == "TFM425":
                yield replace(each, message=f"not bridged: {each.message}", fix=None)

    # ------------------------------------------------------------------ references

    def reference(self, reference: Reference) -> None:
        """Let one reference say what works."""
        if reference.role in (Role.IMPORT, Role.STAR, Role.ALIAS):
            self.aliased(reference)
        elif reference.role is Role.MEMBER:
            if not self.places.member_lives(reference):
                self.refuse(reference)
        elif not any(map(self.fine, reference.alternatives)):
            self.used(reference)

    def aliased(self, reference: Reference) -> None:
        """Imports are done with; a star import is, too, if all of it is still there."""
        if reference.role is Role.STAR and not self.places.module(reference.symbol):
            self.refuse(reference)

    def fine(self, dotted: str) -> bool:
        """Whether the other thing that a name may be, from a fallback import, will do."""
        symbol, rest = self.places.context.knowledge.split(dotted)
        return not rest and self.places.core(symbol) is not None

    def used(self, reference: Reference) -> None:
        """The use of a symbol by its name."""
        node, root = reference.node, reference.root
        if root in self.bound and reference.role is Role.NAME:
            spot = self.bound[root]
        else:
            spot = self.spot(reference, [reference.call])
        if spot is None:
            self.refuse(reference)
            return
        self.spots.add(spot)
        self.arguments(reference, spot)
        chain = names_of(node, reference)
        if chain is None:
            if not self.unchanged(reference, spot):
                self.refuse(reference)
            return
        first, last = chain
        start, end = self.source.start(first), self.source.end(last)
        before = self.denoted(first.id, root)
        if reference.role is Role.NAME or last is first:
            self.named(reference, spot, (start, end))
            return
        tail = reference.symbol[len(root) :]
        if before + tail == spot.path and root not in self.dropped:
            return
        name = first.id if root not in self.dropped else ""
        self.pieces.append((start, end, self.spelled(spot, name, before)))

    def named(self, reference: Reference, spot: Spot, at: tuple[int, int]) -> None:
        """A name that an import bound: it stays, unless the import went."""
        start, end = at
        bound = self.source.text[start:end]
        if spot.support or spot.literal:
            if spot.path != bound:
                self.pieces.append((start, end, spot.path))
        elif reference.root in self.dropped:
            self.refuse(reference)

    def spot(self, reference: Reference, calls: list[ast.Call | None]) -> Spot | None:
        """The place of the symbol of a reference."""
        symbol, rest = reference.symbol, reference.rest
        if reference.declared_v2:
            return Spot(f"tf.compat.v2{symbol[2:]}")
        if is_module(symbol, self.places.context):
            if rest and not (reference.stored or rest.startswith("_")):
                return None
            module = self.places.module(symbol)
            return Spot(module) if module else None
        return self.places.spot(symbol, calls)

    def unchanged(self, reference: Reference, spot: Spot) -> bool:
        """Whether what is not written as a plain chain of names can stay."""
        return spot.path in (reference.symbol, COMPAT + reference.symbol[2:])

    def denoted(self, name: str, root: str) -> str:
        """What a name that stands for ``root`` stands for afterwards."""
        if name in self.native:
            return root
        return self.places.module(root) or root

    def spelled(self, spot: Spot, name: str, denoted: str) -> str:
        """A place as this file writes it; ``name`` stands for ``denoted`` where it is written."""
        path = spot.path
        if spot.support or spot.literal:
            return path
        if name and path.startswith(f"{denoted}.") and denoted != "tf_slim":
            return name + path[len(denoted) :]
        for module, known in sorted(self.names.items(), key=lambda each: -len(each[0])):
            if below(path, (module,)):
                return known + path[len(module) :]
        module = next(
            (
                each
                for each in (COMPAT, "tf", "tf_slim")
                if path == each or path.startswith(f"{each}.")
            ),
            path.rpartition(".")[0],
        )
        known = {COMPAT: "tf", "tf": "tensorflow"}.get(module, module.rpartition(".")[2])
        self.names[module] = self.added[module] = known
        return known + path[len(module) :]

    def arguments(self, reference: Reference, spot: Spot) -> None:
        """Rename what is called otherwise, refuse what is no longer taken."""
        signature = self.places.signature(spot)
        if reference.call is None or signature is None or reference.guessed:
            return
        name = plain(reference.symbol)
        row = self.places.context.catalogue.row(name)
        for keyword in reference.call.keywords:
            if keyword.arg is None or signature.accepts(keyword.arg):
                continue
            change = row.args.get(keyword.arg) if row is not None else None
            to = change.to if change is not None and change.value == "{}" else None
            if to and signature.accepts(to):
                start = self.source.start(keyword)
                self.pieces.append((start, start + len(keyword.arg), to))
                continue
            self.reasons.append(
                Finding(
                    "TFM105",
                    f"not bridged: `{name}` takes no `{keyword.arg}` in graph mode either,"
                    f" on {self.places.context.target}",
                    self.source.lines.span(keyword),
                    Severity.ERROR,
                    name,
                )
            )

    def refuse(self, reference: Reference) -> None:
        """Say that a reference keeps the file from being bridged."""
        if reference.guarded:
            return
        context, lines = self.places.context, self.source.lines
        known = symbols.check(reference, context, dialect_of(reference, self.dialect), lines)
        name = plain(reference.symbol) + (f".{reference.rest}" if reference.rest else "")
        self.reasons.append(
            Finding(
                known.code if known is not None else "TFM103",
                f"not bridged: nothing on {context.target} does in graph mode what `{name}` did",
                lines.span(reference.node),
                Severity.ERROR,
                name,
            )
        )

    # ------------------------------------------------------------------ imports

    def imports(self) -> None:
        """Rewrite the import statements."""
        found = {id(each.node): each for each in self.references if each.role is Role.IMPORT}
        for node, block in imports.statements(self.tree):
            references = [found.get(id(alias)) for alias in node.names]
            if not any(references):
                continue
            new = [
                self.imported(node, alias, reference)
                for alias, reference in zip(node.names, references, strict=True)
            ]
            if not any(new):
                self.gone.add(id(node))
            if block is self.tree.body:
                for each in new:
                    if each is not None and each.whole and each.module == "tf_slim":
                        self.names["tf_slim"] = each.bound
            self.rewritten[id(node)] = imports.rewritten(node, block, new, self.source)

    def imported(
        self, node: Statement, alias: ast.alias, reference: Reference | None
    ) -> Imported | None:
        """What an imported name becomes; None if its import goes."""
        same = as_it_is(node, alias)
        if reference is None or reference.declared_v2 or not reference.symbol.startswith("tf"):
            return same
        symbol = reference.symbol + (f".{reference.rest}" if reference.rest else "")
        bound = alias.asname or alias.name
        if isinstance(node, ast.Import) and not alias.asname and "." in alias.name:
            return self.unnamed(symbol, alias, reference)
        if is_module(reference.symbol, self.places.context) and not reference.rest:
            path = self.module(symbol, bound, reference)
        else:
            path = self.function(symbol, reference)
        if path is None:
            return same if reference.guarded else None
        if path == symbol or (path == COMPAT and same.module == "tensorflow.compat.v1"):
            return same
        return imports.imported(path, bound)

    def unnamed(self, symbol: str, alias: ast.alias, reference: Reference) -> Imported | None:
        """``import tensorflow.contrib.slim``, which binds the name ``tensorflow``."""
        if alias.name in self.native.get("tensorflow", ()) or symbol.startswith(COMPAT):
            return Imported(alias.name, "", alias.name)
        if not self.places.swaps and self.places.module(symbol) == symbol:
            return Imported(alias.name, "", alias.name)
        used = any(first_name(each) == "tensorflow" for each in self.references)
        if "tensorflow" in self.names.values() or not used:
            return None
        path = COMPAT if self.places.swaps else "tf"
        self.names.setdefault(path, "tensorflow")
        return Imported(imports.module_name(path), "", "tensorflow")

    def module(self, symbol: str, bound: str, reference: Reference) -> str | None:
        """The path for the import of a module; None if it is to go."""
        users = [each for each in self.references if each.root == symbol and each is not reference]
        users = [each for each in users if each.role in (Role.ATTRIBUTE, Role.NAME)]
        module = self.places.module(symbol)
        bare = [each for each in users if each.symbol == symbol]
        fitting = [
            each
            for each in users
            if (spot := self.spot(each, [each.call])) is not None
            and spot.path == module + each.symbol[len(symbol) :]
        ]
        if module and (fitting or bare or not users or symbol in ("tf", COMPAT)):
            return module
        if not module and not users and not symbol.startswith("tf.examples"):
            self.refuse(reference)
        self.dropped.add(symbol)
        return None

    def function(self, symbol: str, reference: Reference) -> str | None:
        """The path for the import of a function or class; None if it is to go."""
        uses = [each for each in self.references if each.root == symbol]
        calls = [each.call for each in uses if each.role is Role.NAME]
        spot = self.spot(reference, calls or [None]) if not reference.rest else None
        self.bound[symbol] = spot
        members = {f"{symbol}.{each}" for each in ("EVAL", "INFER", "PREDICT", "TRAIN")}
        if (
            uses
            and members & LITERALS.keys()
            and all(each.symbol in members for each in uses if each is not reference)
        ):
            self.dropped.add(symbol)
            return None
        if spot is None:
            self.refuse(reference)
            return None
        self.spots.add(spot)
        if spot.support:
            self.dropped.add(symbol)
            return None
        return spot.path

    # ------------------------------------------------------------------ surroundings

    @property
    def legacy(self) -> bool:
        """Whether Keras 2 is needed."""
        return any(each.legacy or each.shim for each in self.spots)

    def surroundings(self) -> None:
        """Put beside the imports what the new text needs."""
        body = self.tree.body
        self.hoist(body)
        before = self.environment()
        if before:
            outside = imports.first_outside(body)
            at = body[imports.leading(body) if outside is None else outside]
            self.pieces.append(imports.put_before(at, before, self.source))
        behind = self.behind()
        for block in self.blocks():
            first = self.anchor(block)
            if self.added:
                new = [imports.imported(path, name) for path, name in self.added.items()]
                separator = f"\n{self.source.indentation(self.source.start(first))}"
                at_end = self.source.line_end(self.source.end(first))
                lines = "".join(separator + line for line in imports.written(new))
                self.pieces.append((at_end, at_end, lines))
            if behind:
                last = imports.after_imports(block, block.index(first), self.gone)
                self.pieces.append(imports.put_after(last, block, behind, self.source))

    def hoist(self, body: list[ast.stmt]) -> None:
        """Import TensorFlow where a module of it was imported first, if that import goes.

        What stands between the two may need it now: ``mnist = input_data.read_data_sets(...)``.
        """
        found = [node for node in body if imports.imports_from(node, "tensorflow")]
        stay = [node for node in found if id(node) not in self.gone]
        if not stay or found[0] is stay[0] or not isinstance(stay[0], ast.Import):
            return
        first, later = found[0], stay[0]
        between = body[body.index(first) : body.index(later)]
        if all(map(imports.is_import, between)) or len(later.names) > 1:
            return
        start, end = self.source.start(first), self.source.end(first)
        clause = as_it_is(later, later.names[0])
        path = COMPAT if self.places.swaps else "tf"
        line = imports.written([imports.imported(path, clause.bound)])[0]
        self.rewritten[id(first)] = [(start, end, line)]
        self.rewritten[id(later)] = [imports.removed(later, body, self.source)]
        self.gone ^= {id(first), id(later)}

    def blocks(self) -> list[list[ast.stmt]]:
        """Where TensorFlow is imported: at the top, else in functions."""
        found: list[list[ast.stmt]] = [self.tree.body]
        found += [block for _, block in imports.statements(self.tree)]
        having = [
            block
            for block in found
            if any(imports.imports_from(node, "tensorflow") for node in block)
        ]
        if having and having[0] is self.tree.body:
            return having[:1]
        unique = {id(block): block for block in having}
        return list(unique.values())

    def anchor(self, block: list[ast.stmt]) -> ast.stmt:
        """The import of TensorFlow in a block that everything else is put beside."""
        found = [node for node in block if imports.imports_from(node, "tensorflow")]
        stay = [node for node in found if id(node) not in self.gone]
        return (stay or found)[0]

    def environment(self) -> list[str]:
        """The lines that choose Keras 2, before anything can import TensorFlow."""
        if not self.legacy or LEGACY in self.source.text:
            return []
        setting = f'os.environ.setdefault("{LEGACY}", "1")'
        why = (
            "# Keras 2 (tf_keras) has the layers of TensorFlow 1; this is read at the first import"
        )
        outside = imports.first_outside(self.tree.body) or 0
        known = any(
            isinstance(node, ast.Import) and any(imports_os(alias) for alias in node.names)
            for node in self.tree.body[:outside]
        )
        return [*([] if known else ["import os", ""]), why, setting, ""]

    def behind(self) -> list[str]:
        """The lines that follow the imports."""
        lines = []
        spoken = {plain(each.symbol) for each in self.references}
        if self.places.swaps and not spoken & _SWITCHES:
            lines.append(f"{self.compat()}.disable_v2_behavior()")
        if any(each.shim for each in self.spots) and "tf_slim():" not in self.source.text:
            lines += ["", *RESTORED.format(tf=self.compat()).rstrip().split("\n")]
        return lines

    def compat(self) -> str:
        """How this file writes ``tf.compat.v1``."""
        return self.spelled(Spot(COMPAT), "", "")


def as_it_is(node: Statement, alias: ast.alias) -> Imported:
    """What an imported name is now."""
    bound = alias.asname or alias.name
    if isinstance(node, ast.ImportFrom):
        return Imported("." * node.level + (node.module or ""), alias.name, bound)
    return Imported(alias.name, "", bound)


def imports_os(alias: ast.alias) -> bool:
    """Whether an import binds ``os``."""
    return alias.name == "os" and alias.asname in (None, "os")


def names_of(
    node: ast.expr | ast.alias | ast.stmt, reference: Reference
) -> tuple[ast.Name, ast.expr] | None:
    """The first name of a chain, and the expression that is its symbol; None if it is no chain."""
    last: ast.AST = node
    for _ in range(reference.rest.count(".") + 1 if reference.rest else 0):
        if not isinstance(last, ast.Attribute):
            return None
        last = last.value
    inner = last
    while isinstance(inner, ast.Attribute):
        inner = inner.value
    if isinstance(inner, ast.Name) and isinstance(last, ast.expr):
        return inner, last
    return None


def first_name(reference: Reference) -> str:
    """The first name of the chain that a reference is; empty if it is none."""
    if isinstance(reference.node, ast.alias | ast.stmt):
        return ""
    chain = names_of(reference.node, reference)
    return chain[0].id if chain is not None else ""


def native_names(tree: ast.Module) -> dict[str, tuple[str, ...]]:
    """``tensorflow``, if imports of private modules bind it and have to stay: and those modules."""
    stay = tuple(
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.asname is None
        and alias.name.startswith(("tensorflow.python.", "tensorflow.core."))
    )
    return {"tensorflow": stay} if stay else {}


def module_names(tree: ast.Module, names: Names, places: Places) -> dict[str, str]:
    """The modules that the top of a file will have names for: by path."""
    found: dict[str, str] = {}
    nodes = {id(each.node): each for each in names.references if each.role is Role.IMPORT}
    for alias in top_aliases(tree):
        reference = nodes.get(id(alias))
        if reference is None or (reference.symbol not in ("tf", COMPAT, "tf_slim")):
            continue
        bound = alias.asname or alias.name.partition(".")[0]
        path = reference.symbol if alias.name == "tensorflow.compat.v2" else ""
        path = path or places.module(reference.symbol) or reference.symbol
        if "." in alias.name and alias.asname is None:
            continue
        found.setdefault(path, bound)
    if "tf" in found and COMPAT not in found:
        found[COMPAT] = f"{found['tf']}.compat.v1"
    return found


def top_aliases(tree: ast.Module) -> Iterator[ast.alias]:
    """The names in the import statements at the top of a file, else in its functions."""
    top = [each for node in tree.body if imports.is_import(node) for each in ast.walk(node)]
    if not any(imports.imports_from(node, "tensorflow") for node in tree.body):
        top = list(ast.walk(tree))
    return (each for each in top if isinstance(each, ast.alias))
