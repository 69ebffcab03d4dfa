"""Protocol buffers: the classes that generated ``*_pb2`` modules make out of their descriptor.

Only what names need is decoded of a ``FileDescriptorProto``: messages (4), enums (5) and extensions
(7) of a file; name (1), fields (2), nested messages (3), enums (4) and oneofs (8) of a message;
values (2) of an enum. The numbers are those of ``google/protobuf/descriptor.proto``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tfmigrate.atlas.reader.values import Class, Module, Opaque, Value

MESSAGE_MEMBERS = frozenset(
    [
        "ByteSize",
        "Clear",
        "ClearExtension",
        "ClearField",
        "CopyFrom",
        "DESCRIPTOR",
        "DiscardUnknownFields",
        "Extensions",
        "FindInitializationErrors",
        "FromString",
        "HasExtension",
        "HasField",
        "IsInitialized",
        "ListFields",
        "MergeFrom",
        "MergeFromString",
        "ParseFromString",
        "RegisterExtension",
        "SerializePartialToString",
        "SerializeToString",
        "SetInParent",
        "UnknownFields",
        "WhichOneof",
    ]
)
"""What every message class has (``google.protobuf.message.Message``)."""


def proto_names(tree: ast.Module, module: Module) -> dict[str, Value]:
    """The names that a generated module defines through its descriptor; empty if it has none."""
    data = _serialized(tree)
    if data is None:
        return {}
    found: dict[str, Value] = {"DESCRIPTOR": Opaque()}
    for number, content in _fields(data):
        if number == 4:
            message = _message(content, module)
            found[message.name] = message
        elif number == 5:
            name, values = _enum(content)
            found[name] = Opaque()
            found.update({value: Opaque() for value in values})
    return found


def _serialized(tree: ast.Module) -> bytes | None:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name == "AddSerializedFile" and node.args:
            return _bytes(node.args[0])
        if name == "FileDescriptor":
            for keyword in node.keywords:
                if keyword.arg == "serialized_pb":
                    return _bytes(keyword.value)
    return None


def _bytes(node: ast.expr) -> bytes | None:
    """A literal, or the ``_b('...')`` that bridged Python 2 and 3."""
    if isinstance(node, ast.Call) and node.args:
        node = node.args[0]
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bytes):
            return node.value
        if isinstance(node.value, str):
            return node.value.encode("latin-1")
    return None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a message; the others are stepped over."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 0:
            _, at = _varint(data, at)
        elif wire == 1:
            at += 8
        elif wire == 5:
            at += 4
        else:
            size, at = _varint(data, at)
            yield key >> 3, data[at : at + size]
            at += size


def _name(data: bytes) -> str:
    return next((content.decode() for number, content in _fields(data) if number == 1), "")


def _enum(data: bytes) -> tuple[str, list[str]]:
    return _name(data), [_name(content) for number, content in _fields(data) if number == 2]


def _message(data: bytes, module: Module) -> Class:
    names: dict[str, Value] = {}
    members = set(MESSAGE_MEMBERS)
    for number, content in _fields(data):
        if number == 2:
            field = _name(content)
            members |= {field, f"{field.upper()}_FIELD_NUMBER"}
        elif number == 3:
            nested = _message(content, module)
            names[nested.name] = nested
        elif number == 4:
            enum, values = _enum(content)
            members |= {enum, *values}
    return Class(
        _name(data),
        module,
        [],
        names,
        parameters="*args,**kwargs",
        extra_members=frozenset(members),
    )
