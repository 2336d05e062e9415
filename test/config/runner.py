"""Runs programs of this Python one after the other, each in a process of its own, as often as it is told to.

Each line of standard input is a program as JSON: its arguments and its environment; each line of standard output is how
it ended: its exit code and what it said. A program is its installed script, or `python3 -c`. What it imports is imported
before the first one starts: most of the time of these programs goes there.
"""

import importlib
import importlib.metadata
import json
import os
import re
import runpy
import sys
import tempfile
import traceback
import warnings

warnings.simplefilter("ignore")


def prepare(program, arguments):
    """Imports what the program will import."""
    if arguments[:1] == ["-c"]:
        names = re.findall(r"^(?:import|from) (\w+)", arguments[1], re.MULTILINE)
    else:
        scripts = importlib.metadata.entry_points(group="console_scripts", name=os.path.basename(program))
        names = [script.module for script in scripts]
    for name in names:
        importlib.import_module(name)


def start(program, arguments):
    """Becomes the program."""
    if arguments[:1] == ["-c"]:
        sys.argv = arguments[:1] + arguments[2:]
        exec(compile(arguments[1], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = [program, *arguments]
        runpy.run_path(program, run_name="__main__")


def run(program, arguments, environment):
    prepare(program, arguments)
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            os.environ.clear()
            os.environ.update(environment)
            code = 1
            try:
                start(program, arguments)
                code = 0
            except SystemExit as end:
                if end.code is not None and not isinstance(end.code, int):
                    print(end.code)
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        output.seek(0)
        return {"code": code, "said": output.read().decode(errors="replace")}


for line in sys.stdin:
    print(json.dumps(run(**json.loads(line))), flush=True)
