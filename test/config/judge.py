"""Judges configuration with the packages that this Python has.

Reads a request from standard input as JSON: the namespaces of a project, its drivers (null, or the option that names groups
with their drivers, the entry points of drivers, and the groups that are always there), its options in groups with free names
(pattern of groups -> names), and containers by name, each with the text of its files (in the order in which the service reads
them) and its environment. Prints findings as JSON: container -> list of sentences.

Three judges, in this order: oslo-config-validator with fatal warnings (unknown options and old names), what the options
say of themselves (deprecated for removal; several values, which the environment cannot carry), and oslo.config itself,
which reads each value that is set.
"""

import functools
import importlib.metadata
import json
import logging
import os
import re
import sys
import tempfile
import warnings

warnings.simplefilter("ignore")

from keystoneauth1 import loading
from oslo_config import cfg, generator, validator

request = json.load(sys.stdin)
scratch = tempfile.TemporaryDirectory()


def path(name):
    return os.path.join(scratch.name, name)


def write(name, text):
    with open(path(name), "w") as file:
        file.write(text)
    return path(name)


class Heard(logging.Handler):
    """Keeps what is said at any level."""

    def __init__(self):
        super().__init__()
        self.said = []

    def emit(self, record):
        self.said.append(record.getMessage())


heard = Heard()
logging.root.addHandler(heard)
logging.root.setLevel(logging.INFO)


def definitions():
    """The options of the project, as oslo-config-generator describes them to oslo-config-validator."""
    namespaces = [part for name in request["namespaces"] for part in ("--namespace", name)]
    generator.main([*namespaces, "--format", "json", "--output-file", path("options.json")])
    with open(path("options.json")) as file:
        return json.load(file)


@functools.cache
def options():
    """The same as Python objects: (group, options)."""
    known = importlib.metadata.entry_points(group="oslo.config.opts")
    return [pair for name in request["namespaces"] for pair in known[name].load()()]


@functools.cache
def driver_options(driver):
    """What a driver can be told, in a group that the operator names."""
    return importlib.metadata.entry_points(group=request["drivers"]["entryPoints"])[driver].load().OPTIONS


def parsed(text):
    sections = {}
    cfg.ConfigParser(write("parsed.conf", text), sections).parse()
    return sections


def free_groups(texts, known):
    """Options that no package lists, in groups with free names or known ones: group -> those of them that are set."""
    free = {}
    for sections in map(parsed, texts):
        for group, found in sections.items():
            for pattern, names in request["free"].items():
                if re.fullmatch(pattern, group):
                    own = {name for name in names if name in found and option_of(known, group, name) is None}
                    free.setdefault(group, set()).update(own)
    return {group: [cfg.StrOpt(name) for name in sorted(names)] for group, names in free.items()}


def dynamic_groups(texts):
    """Groups that exist because an option names them: group -> options."""
    drivers = request["drivers"] or {"option": None, "always": {}}
    named = dict(drivers["always"])
    found = {}
    for sections in map(parsed, texts):
        for value in sections.get("DEFAULT", {}).get(drivers["option"], []):
            named.update(pair.split(":") for pair in value.split(","))
        for value in sections.get("keystone_authtoken", {}).get("auth_type", []):
            found["keystone_authtoken"] = loading.get_auth_plugin_conf_options(value)
    return {**found, **{group: driver_options(driver) for group, driver in named.items()}}


def described(option):
    """An option as oslo-config-generator describes it, as far as it is read here."""
    return {
        "name": option.name,
        "dest": option.dest,
        "deprecated_for_removal": option.deprecated_for_removal,
        "type": "multi valued" if option.multi else "",
    }


def with_groups(known, groups):
    """Definitions to which groups are added."""
    everything = {
        "options": {name: {"opts": list(group["opts"])} for name, group in known["options"].items()},
        "deprecated_options": {name: list(old) for name, old in known["deprecated_options"].items()},
    }
    for name, added in groups.items():
        everything["options"].setdefault(name, {"opts": []})["opts"] += map(described, added)
        everything["deprecated_options"].setdefault(name, []).extend(
            {"name": old.name} for option in added for old in option.deprecated_opts if old.name
        )
    return everything


def validated(text, known):
    """What oslo-config-validator says. It passes over unknown options of [keystone_authtoken] with a word: that counts."""
    validator.load_opt_data = lambda _: known  # it would read the same as YAML, in seconds, for each file
    heard.said = []
    sys.argv = ["oslo-config-validator", "--input-file", write("input.conf", text)]
    sys.argv += ["--opt-data", "in memory", "--fatal-warnings"]
    code = validator.main()
    assert code == 0 or heard.said, "it refuses without a word"
    return heard.said


def option_of(known, group, name):
    """The description of an option, or nothing."""
    listed = known["options"].get(group, {"opts": []})["opts"]
    return next((item for item in listed if name in (item["name"], item["dest"])), None)


def removed_soon(text, known):
    """Options that upstream wants to remove; the validator does not mind them."""
    return [
        f"Deprecated for removal: {group}/{name}"
        for group, values in parsed(text).items()
        for name in values
        if (option_of(known, group, name) or {}).get("deprecated_for_removal")
    ]


def from_environment(environment, known):
    """Options that the environment sets: (variable, group, name). Names that nobody knows are taken in lower case."""
    names = {
        f"OS_{group.upper()}__{item['dest'].upper()}": (group, item["dest"])
        for group, listed in known["options"].items()
        for item in listed["opts"]
    }
    for variable in environment:
        found = re.fullmatch("OS_(.+?)__(.+)", variable)
        if found:
            yield variable, *names.get(variable, (found[1].lower(), found[2].lower()))


def values(texts, environment, groups):
    """What oslo.config says when it reads each option that is set."""
    conf = cfg.ConfigOpts()
    for group, listed in [*options(), *groups.items()]:
        for option in listed:
            try:
                conf.register_opt(option, group=None if group == "DEFAULT" else group)
            except cfg.DuplicateOptError:
                pass  # two libraries describe one option differently: the first is as good
    files = [write(f"{index}.conf", text) for index, text in enumerate(texts)]
    try:
        conf([], default_config_files=files, default_config_dirs=[])
    except cfg.RequiredOptError:
        pass  # asked for at the end of reading, for libraries that the service may never use ([oslo_limit])
    set_here = {(group, name) for text in texts for group, found in parsed(text).items() for name in found}
    os.environ.update(environment)
    try:
        for group, name in sorted(set_here):
            name = name.replace("-", "_")
            where = conf if group == "DEFAULT" else getattr(conf, group, None)
            try:
                getattr(where, name)
            except (AttributeError, cfg.NoSuchOptError):
                pass  # unknown: the validator has said so
            except (cfg.Error, ValueError) as error:
                yield f"{group}/{name}: {re.sub(' from LocationInfo.* is not valid', ' is not valid', str(error))}"
    finally:
        for variable in environment:
            del os.environ[variable]


def judge(container, known):
    files, environment = container["files"], container["environment"]
    groups = {**free_groups(files.values(), known), **dynamic_groups(files.values())}
    known = with_groups(known, groups)
    for name, text in files.items():
        yield from (f"{name}: {finding}" for finding in [*validated(text, known), *removed_soon(text, known)])
    in_environment = list(from_environment(environment, known))
    for variable, group, name in in_environment:
        text = f"[{group}]\n{name} = x\n"
        yield from (f"{variable}: {finding}" for finding in [*validated(text, known), *removed_soon(text, known)])
        if "multi" in (option_of(known, group, name) or {}).get("type", ""):
            yield f"{variable}: {group}/{name} takes several values, which the environment cannot carry"
    variables = {variable: environment[variable] for variable, _, _ in in_environment}
    by_environment = "".join(f"[{group}]\n{name} = \n" for _, group, name in in_environment)
    yield from values([by_environment, *files.values()], variables, groups)


known = definitions()
json.dump({container["name"]: list(judge(container, known)) for container in request["containers"]}, sys.stdout)
