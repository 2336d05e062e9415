"""Says which texts oslo.config refuses as values of options.

Reads a list of [group, option, text] from standard input, prints the list of the indexes that are refused, each read from an
ini file as a service reads it.
"""

import json
import sys
import tempfile

from oslo_config import cfg

import options

asked = json.load(sys.stdin)
conf = cfg.ConfigOpts()
conf([], default_config_files=[], default_config_dirs=[])  # it registers options of its own
for _, pairs in options.listed().values():
    for group, listed in pairs:
        for option in listed:
            try:
                conf.register_opt(option, group=None if group == "DEFAULT" else group)
            except cfg.DuplicateOptError:
                pass  # two libraries describe it differently: what is known of it is `any`


def refused(file, group, name, text):
    file.seek(0)
    file.truncate()
    file.write(f"[{group}]\n{name} = {text}\n")
    file.flush()
    try:
        conf([], default_config_files=[file.name], default_config_dirs=[])
    except cfg.Error:
        pass  # an option that must be set is not, or is the one that is asked about
    try:
        getattr(conf if group == "DEFAULT" else conf[group], name)
    except (cfg.ConfigFileValueError, ValueError):
        return True
    return False


with tempfile.NamedTemporaryFile("w") as file:
    json.dump([index for index, (group, name, text) in enumerate(asked) if refused(file, group, name, text)], sys.stdout)
