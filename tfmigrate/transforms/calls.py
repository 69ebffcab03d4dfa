"""What a row says of a symbol, done to one reference: its name, and the arguments of its call."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tfmigrate.atlas import Kind, Signature
from tfmigrate.atlas.facts import Parameter
from tfmigrate.catalogue import Argument, Row, support
from tfmigrate.engine.context import Context
from tfmigrate.engine.verdicts import means_otherwise
from tfmigrate.model import Applicability, Dialect, Fix
from tfmigrate.names import Reference, Role, plain
from tfmigrate.names.knowledge import COMPAT
from tfmigrate.transforms import arguments, templates
from tfmigrate.transforms.holes import Template, renamed
from tfmigrate.transforms.plan import UNCHANGED, Callee, Left, plan
from tfmigrate.transforms.removing import removed
from tfmigrate.transforms.source import Piece
from tfmigrate.transforms.spelling import (
    Spelled,
    Spelling,
    Unspellable,
    alike_in_compat,
)

NO_ROW = Row("")
_CHAIN = re.compile(r"\btf(?:\.\w+)+")


@dataclass(frozen=True, slots=True)
class Site:
    """One reference that is to become another.

    ``successor`` is the canonical name that takes its place, "" where the name stays; ``row`` says
    what happens to the arguments. ``graph`` says that the file was written for graphs, so that
    positional arguments stand in the order of TensorFlow 1.
    """

    reference: Reference
    successor: str
    row: Row
    applicability: Applicability
    graph: bool
    context: Context
    spelling: Spelling
    known: tuple[str, str] | None = None
    """A module, and the name that it will have in the file."""
    compat: bool = False
    """Whether the name of ``tf.compat.v1`` will do."""

    def within(self, module: str, name: str) -> Site:
        """The same, in a file where ``name`` is bound to a module."""
        return replace(self, known=(module, name))

    @property
    def symbol(self) -> str:
        """The TensorFlow 1 spelling of the symbol."""
        return plain(self.reference.symbol)


def rewrite(site: Site) -> Fix:
    """The fix that makes one reference what the row says.

    Raises:
        Left: it cannot be done here; the text says why.
    """
    reference = site.reference
    _check_reference(reference)
    if reference.guessed:
        # only the name of the object, or how it is used, says what it is
        if not site.row.call:
            raise Left("")
        site = replace(site, applicability=Applicability.UNSAFE)
    try:
        if site.row.drop:
            pieces = removed(reference, site.spelling)
            return Fix(site.applicability, "Remove it", site.spelling.source.edits(pieces))
        if site.row.call:
            return _by_template(site)
        return _by_name(site)
    except Unspellable as error:
        raise Left(str(error)) from None


def _by_template(site: Site) -> Fix:
    """The fix of a row that gives the whole replacement."""
    near, imports, localise = _names(site)
    pattern = localise(templates.understood(site.row.call))
    old, defaults = old_signature(site)
    call = site.reference.call
    if site.reference.role is Role.MEMBER and call is None:
        made = templates.attribute(symbol_node(site.reference), pattern, site.spelling.source)
    elif call is None or site.reference.bound:
        made = templates.bare(site.reference, pattern, old, site.spelling.source)
    else:
        made = templates.call(
            templates.Old(call, site.reference, old, defaults, site.row.args),
            pattern,
            site.spelling.source,
            near,
        )
    return Fix(
        site.applicability,
        f"Replace with `{_headline(pattern)}`",
        site.spelling.source.edits(made),
        imports,
        site.row.support,
    )


def _headline(pattern: Template) -> str:
    """A replacement expression as the reader of a message sees it."""
    text = pattern.text
    for hole in reversed(pattern.holes):
        text = text[: hole.start] + hole.name + text[hole.end :]
    return text


def _by_name(site: Site) -> Fix:
    """The fix of a row that gives a new name, or new arguments, or both.

    What is written with the name of ``tf.compat.v1`` is, if that means the same and is called the
    same way: then no second import is needed until the file is native.
    """
    if _may_be_compat(site):
        try:
            return _named(replace(site, compat=True))
        except (Left, Unspellable):
            pass
    return _named(site)


def _may_be_compat(site: Site) -> bool:
    """Whether the successor is the same thing in ``tf.compat.v1``, its arguments apart."""
    root, successor, context = site.reference.root, site.successor, site.context
    if root != COMPAT or not successor.startswith("tf.") or site.reference.call is None:
        return False
    alias = COMPAT + successor[2:]
    if not all(context.atlas.alive(each, context.target) for each in (alias, successor)):
        return False
    if means_otherwise(successor, context, Dialect.COMPAT):
        return False
    watching = context.catalogue.on_calls(successor)
    return not any(each.code.startswith("TFM5") for each, _ in watching)


def _named(site: Site) -> Fix:
    """The fix of a row that gives a new name, or new arguments, or both."""
    reference, source = site.reference, site.spelling.source
    _, imports, localise = _names(site)
    found: list[Piece] = []
    spelled = Spelled("")
    if site.successor:
        spelled = _successor(site)
        found.append(_name_piece(reference, spelled.text, site))
    by_compat = _writes_compat(site, spelled)
    old, _ = old_signature(site)
    callee = _callee(site, old, by_compat)
    if reference.call is not None:
        made = plan(reference.call, reference.bound, callee, site.row.add)
        _check_defined(site, made.added.values())
        found += arguments.pieces(reference.call, made, source, localise)
    else:
        _check_bare(site, callee)
    edits = source.edits(found)
    if not edits:
        raise Left("")
    wraps = any(each.value != "{}" and each.to == name for name, each in site.row.args.items())
    # what would be wrapped once more if it were read as old code is for somebody to look at
    trust = Applicability.UNSAFE if callee.is_same and wraps else site.applicability
    message = f"Replace with `{spelled.text}`" if site.successor else "Adapt the arguments"
    needed = tuple(dict.fromkeys((*spelled.imports, *imports)))
    return Fix(trust, message, edits, needed, site.row.support)


# ---------------------------------------------------------------------------- the name


def _check_reference(reference: Reference) -> None:
    """Refuse what is not plainly a reference to one symbol."""
    if reference.role in (Role.IMPORT, Role.STAR, Role.DYNAMIC) or reference.stored:
        raise Left("")
    if reference.alternatives:
        raise Left("the name may stand for another module, too")
    node = reference.node
    if isinstance(node, (ast.Name, ast.Attribute)) and not isinstance(node.ctx, ast.Load):
        raise Left("")


def symbol_node(reference: Reference) -> ast.expr | None:
    """The part of an expression that spells the symbol: ``tf.flags.FLAGS`` of ``...FLAGS.a``."""
    node = reference.node
    if not isinstance(node, ast.expr):
        return None
    for _ in reference.rest.split(".") if reference.rest else ():
        if not isinstance(node, ast.Attribute):
            return None
        node = node.value
    return node


def leading_name(node: ast.expr) -> ast.Name | None:
    """The name that an attribute chain starts with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node if isinstance(node, ast.Name) else None


def near(reference: Reference) -> str:
    """What TensorFlow itself is called at a reference, if that is what it starts with."""
    if reference.root != "tf" or not isinstance(reference.node, ast.expr):
        return ""
    name = leading_name(reference.node)
    return name.id if name is not None else ""


def _successor(site: Site) -> Spelled:
    """How the successor is written at the reference."""
    if site.known is not None and site.successor.startswith(site.known[0] + "."):
        return Spelled(site.known[1] + site.successor[len(site.known[0]) :])
    row = getattr(site.reference.node, "lineno", 1)
    if site.row.support and "." not in site.successor:
        # a name that the support code defines, or has defined already
        blocks = [support.load()[each].code for each in site.row.support]
        there = all(each in site.spelling.source.text for each in blocks)
        if not there and not site.spelling.bindings.is_free(site.successor, row):
            raise Unspellable(f"`{site.successor}` is something else here")
        return Spelled(site.successor)
    return site.spelling.spell(site.successor, row, near(site.reference), compat=site.compat)


def _name_piece(reference: Reference, text: str, site: Site) -> Piece:
    """The piece that replaces the name."""
    source = site.spelling.source
    if reference.role is Role.GETATTR:
        node = reference.node
        if reference.rest or not isinstance(node, ast.Call):
            raise Left("")
        if len(node.args) != 2:
            raise Left("`getattr` has a default")
        return (source.start(node), source.end(node), text)
    found = symbol_node(reference)
    if found is None:
        raise Left("")
    if reference.role is Role.MEMBER:
        if not isinstance(found, ast.Attribute):
            raise Left("")
        end = source.end(found)
        return (end - len(found.attr), end, site.successor.rpartition(".")[2])
    if isinstance(found, ast.Attribute) and leading_name(found) is None:
        raise Left("")
    return (source.start(found), source.end(found), text)


def _writes_compat(site: Site, spelled: Spelled) -> bool:
    """Whether the result is read through a name that is bound to ``tf.compat.v1``."""
    reference = site.reference
    if not site.successor:
        return reference.symbol.startswith(COMPAT)
    if not site.successor.startswith("tf.") or near(reference):
        return False
    leading = spelled.text.partition(".")[0]
    row = getattr(reference.node, "lineno", 1)
    return site.spelling.bindings.means(leading, "tensorflow.compat.v1", row) and bool(
        site.spelling.bindings.names_of("tensorflow.compat.v1", row)
    )


def _names(site: Site) -> tuple[str, tuple[str, ...], arguments.Localise]:
    """How the row's expressions are written here: TensorFlow's name, imports, and the way."""
    row = getattr(site.reference.node, "lineno", 1)
    texts = (*site.row.add.values(), *(each.value for each in site.row.args.values()))
    local: dict[str, str] = {}
    imports: list[str] = []
    known = near(site.reference)
    expressions = (site.row.call, *texts)
    if any("tf." in each for each in expressions):
        compat = all(
            alike_in_compat(name, site.context)
            for each in expressions
            for name in _CHAIN.findall(each)
        )
        root = Spelled(known) if known else site.spelling.tensorflow("tf.", row, compat=compat)
        local["tf"] = root.text
        imports += root.imports
    for statement in site.row.imports:
        module, name = templates.imported(statement)
        spelled = site.spelling.module(module, row) if module else Spelled(name, (statement,))
        local[name] = spelled.text
        imports += spelled.imports
    return known, tuple(dict.fromkeys(imports)), lambda pattern: renamed(pattern, local)


def _check_defined(site: Site, values: Iterable[str]) -> None:
    """Refuse to write out a name that the file does not have (``main`` of ``app.run(main)``)."""
    bound = {name for statement in site.row.imports for name in templates.imported(statement)[1:]}
    for value in values:
        for _, _, name in templates.understood(value).names:
            if name == "tf" or name in bound or hasattr(builtins, name):
                continue
            bindings = site.spelling.bindings
            if name not in bindings.others and name not in bindings.imported:
                raise Left(f"`{name}` is not defined here")


# ---------------------------------------------------------------------------- the arguments


def old_signature(site: Site) -> tuple[Signature | None, Mapping[str, str]]:
    """How the symbol was called on TensorFlow 1, and the defaults that the row tells."""
    if site.row.was:
        return was(site.row.was)
    atlas, first = site.context.atlas, site.context.atlas.releases[0]
    spellings = [site.symbol, site.row.symbol]
    twin = atlas.twin(site.symbol)
    if twin is not None:
        spellings.append(twin)
    for each in spellings:
        found = atlas.signature(each, first) if each and not each.endswith("*") else None
        if found is not None:
            return found, {}
    return None, {}


def was(text: str) -> tuple[Signature, Mapping[str, str]]:
    """A signature and its defaults, from the way a row writes them: ``labels, classes=10``.

    Raises:
        ValueError: it is no list of parameters.
    """
    try:
        tree = ast.parse(f"lambda {text}: 0", mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"{text!r} is no list of parameters: {error.msg}") from None
    if not isinstance(tree, ast.Lambda):
        raise ValueError(f"{text!r} is no list of parameters")
    args = tree.args
    first = len(args.args) - len(args.defaults)
    parameters = [
        Parameter(each.arg, index >= first, "positional") for index, each in enumerate(args.args)
    ]
    defaults = {
        each.arg: ast.unparse(value)
        for each, value in zip(args.args[first:], args.defaults, strict=True)
    }
    for each, value_ in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        parameters.append(Parameter(each.arg, value_ is not None, "keyword"))
        if value_ is not None:
            defaults[each.arg] = ast.unparse(value_)
    return Signature(tuple(parameters)), defaults


def _callee(site: Site, old: Signature | None, by_compat: bool) -> Callee:
    """What the arguments have to be carried from and to."""
    atlas, target = site.context.atlas, site.context.target
    successor = site.successor or site.symbol
    again: Signature | None = None
    again_changes: Mapping[str, Argument] = UNCHANGED
    new: list[Signature] = []
    if successor.startswith("tf."):
        signature = atlas.signature(successor, target)
        old = _by_position(old, signature, site.row)
        if signature is None and site.reference.call is not None:
            raise Left(f"how `{successor}` is called is not known")
        new = [signature] if signature is not None else []
        again = atlas.signature(successor, atlas.releases[0])
        row = site.context.catalogue.row(successor)
        again_changes = row.args if row is not None else UNCHANGED
        compat = atlas.signature(COMPAT + successor[2:], target) if by_compat else None
        if compat is not None:
            new.append(compat)
    same = plain(successor) == site.symbol
    if same and not site.graph and new:
        old = new[0]  # positional arguments of native code are in the native order
    return Callee(successor, old, site.row.args, tuple(new), again, again_changes, same)


def _by_position(old: Signature | None, new: Signature | None, row: Row) -> Signature | None:
    """The old signature, its required parameters called what the successor calls them.

    Where both need an argument at a place and neither knows the name of the other, it is the same.
    """
    if old is None or new is None or not row.to or old == new:
        return old
    parameters = list(old.parameters)
    for index, (one, other) in enumerate(zip(old.parameters, new.parameters, strict=False)):
        required = not one.default and not other.default
        kinds = (one.kind, other.kind) == ("positional", "positional")
        unknown = one.name not in new.names and other.name not in old.names
        if not (required and kinds):
            break
        if unknown and one.name not in row.args:
            parameters[index] = other
    return Signature(tuple(parameters))


def _check_bare(site: Site, callee: Callee) -> None:
    """Refuse a function that is passed on, if calling the successor may mean something else.

    A constant or a module is not called; of a function the old parameters have to be the first of
    the new ones.
    """
    entry = site.context.atlas.entry(site.symbol)
    if callee.old is None and (entry is None or entry.kind in (Kind.CONSTANT, Kind.MODULE)):
        return
    if not callee.new and callee.old is None:
        return
    if callee.old is None:
        raise Left("what it will be called with is not known")
    if site.row.add:
        raise Left("it is not called here, and a default has changed")
    parameters = callee.old.parameters
    if site.spelling.decorates(site.reference.node):
        parameters = parameters[:1]  # it is called with what it decorates, and nothing else
    for index, each in enumerate(parameters):
        change = site.row.args.get(each.name)
        carried = change is None or (change.to == each.name and change.value == "{}")
        if not carried or not _is_carried(each, index, callee):
            raise Left("it is not called here, and its arguments have changed")


def _is_carried(parameter: Parameter, index: int, callee: Callee) -> bool:
    """Whether the successor takes a parameter as the old function did."""
    if parameter.kind == "positional":
        return callee.stays(index, parameter.name)
    if parameter.kind == "keyword":
        return callee.takes(parameter.name)
    return all(any(each.kind == parameter.kind for each in new.parameters) for new in callee.new)
