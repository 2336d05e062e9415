"""Prints what the packages of this Python say of their options, as JSON: names, types, ranges, old names; no help texts.

Its one argument is the group of entry points of drivers that bring options for groups with free names, or nothing.

namespaces: namespace -> the package that has it, and its options
drivers: options of all drivers
auth: options of a group that logs in, by whatever plugin of keystoneauth

A group `*` is one whose name is free.
"""

import importlib.abc
import importlib.metadata
import importlib.util
import json
import re
import sys
import types as types_of_python
import warnings
from unittest import mock

warnings.simplefilter("ignore")

from keystoneauth1 import loading
from oslo_config import cfg, types

# What is read as the first of these reads it.
KINDS = [
    (types.Boolean, "boolean"),
    (types.Integer, "integer"),
    (types.Float, "number"),
    (types.List, "list"),
    (types.Dict, "map"),
    (types.URI, "uri"),
    (types.String, "text"),
    (types.Range, "range"),
    (types.IPAddress, "address"),
    (types.HostAddress, "host"),
    (types.Hostname, "host"),
    (types.HostDomain, "host"),
]


def kind(of):
    """The word for a type; `any` for one that reads values in a way of its own."""
    if of is str:
        return "text"
    for known, word in KINDS:
        if isinstance(of, known) and type(of).__call__ in (known.__call__, types.Number.__call__):
            return word
    return "any"


def bound(of, word):
    """A bound that a number of JSON can be; nobody comes near to the others."""
    number = getattr(of, word, None)
    return number if number is None or abs(number) < 2**53 else None


def described(of):
    """A type, without what it does not say."""
    if kind(of) == "any":
        return {"type": "any"}
    choices = list(getattr(of, "choices", None) or [])
    pattern = getattr(getattr(of, "regex", None), "pattern", None)
    found = {
        "type": kind(of),
        "min": bound(of, "min"),
        "max": bound(of, "max"),
        "choices": [str(choice) for choice in choices] or None,
        "pattern": pattern,
        "anyCase": (getattr(of, "ignore_case", False) and bool(choices or pattern)) or None,
        "longest": getattr(of, "max_length", None) or None,
        "schemes": getattr(of, "schemes", None) or None,
        "quotes": getattr(of, "quotes", False) or None,
        "bounds": getattr(of, "bounds", False) or None,
        "least": getattr(of, "min_length", 0) or None,
    }
    item = getattr(of, "item_type", None) or getattr(of, "value_type", None)
    if item is not None and described(item) != {"type": "text"}:
        found["of"] = described(item)
    if getattr(of, "key_value_separator", ":") != ":":
        found["type"] = "any"
    return {word: value for word, value in found.items() if value is not None}


def row(group, option):
    """An option with its place."""
    group = getattr(group, "name", group) or "DEFAULT"
    old = {f"{place.group or group}/{place.name or option.name}" for place in option.deprecated_opts}
    found = {"group": group, "name": option.dest, **described(option.type)}
    if option.multi:
        found["several"] = True
    if old:
        found["old"] = sorted(name.replace("-", "_") for name in old)
    if option.deprecated_for_removal:
        found["leaves"] = True
    return found


def rows(pairs):
    return [row(group, option) for group, options in pairs for option in options if option.dest]


class Absent(types_of_python.ModuleType):
    """Stands for a library that is not installed: whoever imports it reads its names while options are defined, no more."""

    __path__ = []

    def __getattr__(self, name):
        return mock.MagicMock(name=name)


class Absence(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds what belongs to a library that was found missing."""

    missing = set()

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name.split(".")[0] in self.missing else None

    def create_module(self, spec):
        return Absent(spec.name)

    def exec_module(self, module):
        pass


def loaded(entry):
    """What an entry point names. A driver whose library is not installed here (python-kmip, os-brick) has options all the same."""
    while True:
        try:
            return entry.load()
        except ModuleNotFoundError as error:
            name = error.name.split(".")[0]
            if name in Absence.missing:
                raise
            Absence.missing.add(name)


def plain(package):
    return re.sub("[-_.]+", "-", package).lower()


def listed():
    """namespace -> the package that has it, and its groups with their options."""
    sys.meta_path.append(Absence())
    entries = importlib.metadata.entry_points(group="oslo.config.opts")
    return {each.name: (plain(each.dist.name), loaded(each)()) for each in entries if ".tests." not in each.name}


def main(drivers):
    plugins = loading.get_available_plugin_loaders()
    json.dump(
        {
            "namespaces": {
                name: {"package": package, "options": rows(pairs)} for name, (package, pairs) in listed().items()
            },
            "drivers": [option for each in drivers for option in rows([("*", loaded(each).OPTIONS or [])])],
            "auth": rows([("*", loading.get_auth_plugin_conf_options(plugins[name])) for name in sorted(plugins)]),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(importlib.metadata.entry_points(group=sys.argv[1]) if len(sys.argv) > 1 else [])
